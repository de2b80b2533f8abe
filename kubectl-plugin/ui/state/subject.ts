import { type State, here } from './state.ts'

/** What has to be read for the page that is open. */
export type Subject =
  { readonly kind: 'plans' } | { readonly kind: 'plan'; readonly plan: string; readonly nodesOf?: string }

export function subjectOf(state: State): Subject {
  const place = here(state)
  switch (place.kind) {
    case 'plans':
      return { kind: 'plans' }
    case 'plan':
    case 'timeline':
      return { kind: 'plan', plan: place.plan }
    case 'stage':
    case 'node':
      return { kind: 'plan', plan: place.plan, nodesOf: place.stage }
  }
}

export function sameSubject(a: Subject, b: Subject): boolean {
  if (a.kind === 'plans' || b.kind === 'plans') return a.kind === b.kind
  return a.plan === b.plan && a.nodesOf === b.nodesOf
}
