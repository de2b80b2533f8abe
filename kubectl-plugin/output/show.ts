import type { Session } from '../session.ts'
import type { Form } from './form.ts'

/** An answer in all its forms; only the one that is asked for is made. */
export type Shown = {
  /** What json, yaml and jsonpath are made from: the server's own body. */
  readonly body: object
  /** One a line for `-o name`. */
  readonly names: () => readonly string[]
  /** For people, newline at the end. */
  readonly text: (wide: boolean) => string
}

/** Prints an answer. @throws UsageError for a template that cannot be read */
export async function show({ print }: Pick<Session, 'print'>, form: Form, { body, names, text }: Shown): Promise<void> {
  switch (form.kind) {
    case 'text':
      return print(text(form.wide))
    case 'json':
      return print(`${JSON.stringify(body, undefined, 2)}\n`)
    case 'name':
      return print(
        names()
          .map(name => `${name}\n`)
          .join(''),
      )
    case 'yaml': {
      const { dump } = await import('js-yaml')
      return print(dump(body, { lineWidth: -1, noRefs: true }))
    }
    case 'jsonpath': {
      const { jsonpath } = await import('./jsonpath.ts')
      return print(jsonpath(form.template, body))
    }
  }
}

/** As `kubectl get -o name` has it, so that it can be given back to kubectl. */
export function nameOf(plan: string): string {
  return `rollout.orchestrator.autonomyops.dev/${plan}`
}
