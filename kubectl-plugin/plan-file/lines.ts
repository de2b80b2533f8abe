import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'
import type { Event } from 'js-yaml'

/** Line of every place of a YAML document, by its path: `spec.stages[1].nodes`. The first line is 1. */
export type Lines = ReadonlyMap<string, number>

type Open =
  | { readonly kind: 'document' }
  | { readonly kind: 'mapping'; readonly path: string; key: string | undefined }
  | { readonly kind: 'sequence'; readonly path: string; index: number }

/** One for each document of the text, those that are empty too. The text must be YAML. */
export function linesOf(text: string): readonly Lines[] {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const lineAt = (offset: number) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
  const documents: Map<string, number>[] = []
  const open: Open[] = []
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_ID.POP) {
      open.pop()
      continue
    }
    if (event.type === EVENT_ID.DOCUMENT) {
      documents.push(new Map())
      open.push({ kind: 'document' })
      continue
    }
    const inside = open.at(-1)
    const at = event.type === EVENT_ID.ALIAS ? undefined : offsetOf(event)
    if (inside?.kind === 'mapping' && inside.key === undefined && event.type === EVENT_ID.SCALAR) {
      inside.key = getScalarValue(text, event)
      // A field is where its name stands.
      if (at !== undefined) documents.at(-1)?.set(join(inside.path, inside.key), lineAt(at))
      continue
    }
    const path = pathIn(inside)
    if (inside?.kind === 'sequence' && at !== undefined) documents.at(-1)?.set(path, lineAt(at))
    if (event.type === EVENT_ID.MAPPING) open.push({ kind: 'mapping', path, key: undefined })
    if (event.type === EVENT_ID.SEQUENCE) open.push({ kind: 'sequence', path, index: 0 })
  }
  return documents
}

/** The line of a place, or of the nearest place around it that is there: what is missing has no line of its own. */
export function lineOf(lines: Lines | undefined, path: string): number | undefined {
  for (let place = path; place !== ''; place = place.replace(/(\.?[^.[\]]+|\[\d+\])$/, '')) {
    const line = lines?.get(place)
    if (line !== undefined) return line
  }
  return undefined
}

/** Where the value that comes now belongs; moves the container on. */
function pathIn(inside: Open | undefined): string {
  if (inside?.kind === 'mapping') {
    const path = join(inside.path, inside.key ?? '')
    inside.key = undefined
    return path
  }
  if (inside?.kind === 'sequence') {
    const path = `${inside.path}[${inside.index}]`
    inside.index += 1
    return path
  }
  return ''
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function offsetOf(event: Event): number | undefined {
  if ('valueStart' in event) return event.valueStart
  return 'start' in event ? event.start : undefined
}
