import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../cluster/wait.ts'

/** What is wrong with a clock. */
export type ClockFault = {
  /** So far it is ahead of the right time; behind it, when negative. */
  readonly offsetMs: number
  /** So many of its seconds pass in one. */
  readonly rate: number
}

export const RIGHT: ClockFault = { offsetMs: 0, rate: 1 }

/** Environment variable with the path of the file that says what is wrong. */
export const CLOCK_FILE = 'FAULTS_CLOCK'
/** Ending of the file beside it in which the process writes what it has applied. */
export const APPLIED = '.applied'

/** How long a process may take to notice that its clock is wrong. */
const WITHIN_MS = 2_000

/** The clock of one replica, over all of its starts. */
export type ReplicaClock = {
  /** Before the program, on the command line of node, and in its environment. */
  readonly flags: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Takes effect in a running process at once, and in every one that is started later. */
  set(fault: ClockFault): void
  /** Resolves when the running process goes by what was set. */
  taken(): Promise<void>
}

export function createClock(folder: string, name: string): ReplicaClock {
  const path = join(folder, `${name}.clock`)
  let wanted = JSON.stringify(RIGHT)
  writeFileSync(path, wanted)
  return {
    flags: ['--import', join(import.meta.dirname, 'wrong.ts')],
    environment: { [CLOCK_FILE]: path },
    set: fault => {
      wanted = JSON.stringify(fault)
      writeFileSync(path, wanted)
    },
    taken: async () => {
      const applied = () => contentOf(`${path}${APPLIED}`) === wanted
      await until(applied, { what: `the clock of ${name} is ${wanted}`, withinMs: WITHIN_MS, everyMs: 10 })
    },
  }
}

/** Undefined for a file that is just being written. */
export function readFault(text: string): ClockFault | undefined {
  try {
    return JSON.parse(text) as ClockFault
  } catch {
    return undefined
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
