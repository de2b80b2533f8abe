import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './tree.ts'

/** A run that has been carried out. */
export type Done = {
  readonly id: string
  readonly flaws: readonly string[]
  readonly counted?: string
  /** Which start of the campaign it was, and how many seconds into it. */
  readonly session: number
  readonly at: number
}

/** What a campaign has done so far, over all of its starts. */
export type Ledger = {
  readonly done: ReadonlyMap<string, Done>
  /** Seconds, over all starts. */
  seconds(): number
  add(run: Omit<Done, 'session'>): void
}

/** @param name  of the campaign, with all that its results depend on */
export function openLedger(name: string, folder = CACHE): Ledger {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.jsonl`)
  return ledger(readDone(file), run => appendFileSync(file, `${JSON.stringify(run)}\n`))
}

export function blankLedger(): Ledger {
  return ledger([], () => {})
}

function ledger(before: readonly Done[], keep: (run: Done) => void): Ledger {
  const done = new Map(before.map(run => [run.id, run]))
  const session = 1 + Math.max(0, ...before.map(run => run.session))
  return {
    done,
    seconds: () => {
      const ends = new Map<number, number>()
      for (const { session, at } of done.values()) ends.set(session, Math.max(at, ends.get(session) ?? 0))
      return [...ends.values()].reduce((sum, end) => sum + end, 0)
    },
    add: run => {
      done.set(run.id, { ...run, session })
      keep({ ...run, session })
    },
  }
}

/** A line that was cut off by the end of the process counts for nothing, and what is added does not go on in it. */
function readDone(file: string): readonly Done[] {
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
  return text.split('\n').flatMap(line => {
    try {
      return [JSON.parse(line) as Done]
    } catch {
      return []
    }
  })
}
