import { loadAll } from 'js-yaml'
import { type Fence, type Part, partsOf } from './fence.ts'

/** One thing that is tried, in the order of its page. */
export type Step = (
  | { readonly kind: 'scene'; readonly name: string }
  /** `output`: what the page says it prints; undefined where the page does not say. */
  | { readonly kind: 'command'; readonly command: string; readonly output: string | undefined }
  /** Objects that the API server is to accept. `file`: the name that the page gives them, to be found by commands. */
  | { readonly kind: 'manifest'; readonly text: string; readonly file: string | undefined }
  | { readonly kind: 'values'; readonly text: string; readonly file: string | undefined }
) & { readonly line: number; readonly where: 'here' | 'real-cluster' }

/** Languages of blocks that hold commands. */
export const COMMANDS: readonly string[] = ['sh', 'console']

/** The steps of a page. Blocks that are not run are none; those that are marked wrongly are the business of fences.test.ts. */
export function stepsOf(markdown: string): readonly Step[] {
  return partsOf(markdown).flatMap(stepsOfPart)
}

function stepsOfPart(part: Part): readonly Step[] {
  if (part.kind === 'scene') return [{ kind: 'scene', name: part.name, line: part.line, where: 'here' }]
  const { language, mark, line, text } = part
  if (mark.kind === 'not-run') return []
  const where = mark.kind === 'real-cluster' ? mark.kind : 'here'
  switch (language) {
    case 'sh':
      return [{ kind: 'command', command: text, output: undefined, line: line + 1, where }]
    case 'console':
      return dialogue(part).map(step => ({ ...step, where }))
    case 'yaml':
      return [{ kind: mark.kind === 'values' ? 'values' : 'manifest', text, file: fileOf(text), line, where }]
    default:
      return []
  }
}

type Exchange = { readonly kind: 'command'; readonly command: string; readonly output: string; readonly line: number }

/** Lines after `$ `, each with the lines up to the next; a command goes on after a backslash and in a here-document. */
function dialogue({ text, line }: Fence): readonly Exchange[] {
  const found: { readonly command: string[]; readonly output: string[]; readonly line: number }[] = []
  for (const [index, words] of text.split('\n').entries()) {
    const last = found.at(-1)
    if (words.startsWith('$ ')) found.push({ command: [words.slice(2)], output: [], line: line + index + 1 })
    else if (last && last.output.length === 0 && goesOn(last.command)) last.command.push(words)
    else last?.output.push(words)
  }
  return found.map(({ command, output, line: at }) => ({
    kind: 'command',
    command: command.join('\n'),
    output: output.join('\n'),
    line: at,
  }))
}

function goesOn(command: readonly string[]): boolean {
  const last = command.at(-1) ?? ''
  const end = /<<-? *'?(\w+)'?/.exec(command[0] ?? '')?.[1]
  return last.endsWith('\\') || last.endsWith('|') || (end !== undefined && last !== end)
}

/** Manifests of a page name the file they are meant for in their first line: `# on-call.yaml`. */
function fileOf(text: string): string | undefined {
  return /^# ([\w.-]+\.yaml)\b/.exec(text)?.[1]
}

/** Whether a block of YAML is objects of the API server. */
export function isManifest(text: string): boolean {
  const objects = loadAll(text)
  return objects.length > 0 && objects.every(object => hasKind(object))
}

function hasKind(object: unknown): boolean {
  return typeof object === 'object' && object !== null && 'apiVersion' in object && 'kind' in object
}
