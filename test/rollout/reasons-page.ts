import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The codes of the table under a heading of docs/reasons.md. */
export function codesUnder(heading: string): readonly string[] {
  const section =
    text('docs/reasons.md')
      .split('\n## ')
      .find(part => part.startsWith(heading)) ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  return rows.flatMap(row => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(match => match[1]!))
}
