import { readFile, readdir } from 'node:fs/promises'
import type { Station } from './ground.ts'

/** What a replica tells of itself besides what it writes to the API server. */
export type Health = {
  /** What was wrong since it was asked last: in its log, in how it ended, and in what it takes. */
  flaws(): Promise<readonly string[]>
}

/** Of one process, in MiB: what `docs/performance.md` promises for ten thousand nodes, of which a run has a handful. */
const MOST_MEMORY = 256
/** Open files and sockets. */
const MOST_HANDLES = 64
/** Errors that only a mistake in the program makes. */
const MISTAKES: ReadonlySet<unknown> = new Set([
  'TypeError',
  'ReferenceError',
  'RangeError',
  'SyntaxError',
  'AssertionError',
])

export function healthOf({ who, process, logSince }: Pick<Station, 'who' | 'process' | 'logSince'>): Health {
  let read = 0
  let last: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<readonly string[]> => {
    const { text, end } = await logSince(read)
    read = end
    const words = [...logFlaws(text), ...(process().hasExited() ? [] : await burden(process().pid))]
    return words.map(flaw => `replica ${who}: ${flaw}`)
  }
  return {
    flaws: async () => {
      const looked = last.then(look)
      last = looked.catch(() => {})
      return await looked
    },
  }
}

/** Lines that are not the operator's own, as Node prints when a rejection is not handled, and mistakes in the program. */
export function logFlaws(text: string): readonly string[] {
  return text.split('\n').flatMap(line => {
    if (line === '') return []
    try {
      const { error } = JSON.parse(line) as { readonly error?: Logged }
      return isMistake(error) ? [`a mistake in the program: ${error?.stack ?? error?.message}`] : []
    } catch {
      return [`not a line of its log: ${line}`]
    }
  })
}

type Logged = { readonly name?: string; readonly message?: string; readonly stack?: string; readonly cause?: Logged }

/** An answer that is no JSON is told with what the parser said: that is the API server's fault. */
function isMistake(error: Logged | undefined): boolean {
  return error !== undefined && MISTAKES.has(error.name)
}

async function burden(pid: number): Promise<readonly string[]> {
  try {
    const [status, handles] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readdir(`/proc/${pid}/fd`)])
    const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    return [
      ...(memory > MOST_MEMORY ? [`it takes ${Math.round(memory)} MiB`] : []),
      ...(handles.length > MOST_HANDLES ? [`it has ${handles.length} files and sockets open`] : []),
    ]
  } catch (error) {
    // It has ended in this moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
