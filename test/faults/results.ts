import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tally } from './conduct.ts'

const FILE = join(import.meta.dirname, 'results.jsonl')

/**
 * Puts the line of a full campaign in the place of the one from its last full run.
 *
 * @param tree  names the sources that it is true of: `rigHash`
 */
export function keepResult(tally: Tally, tree: string, file = FILE): void {
  const others = lines(file).filter(line => (JSON.parse(line) as Tally).campaign !== tally.campaign)
  writeFileSync(file, [...others, JSON.stringify({ ...tally, tree })].map(line => `${line}\n`).join(''))
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
