import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { clusterError, systemCode } from './error.ts'
import { elapsed, pause } from './wait.ts'

/** Who holds a lock. A process id alone would be mistaken for another process after it is reused. */
interface Owner {
  readonly pid: number
  readonly started: string
  readonly host: string
  readonly released: boolean
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait for another holder, in milliseconds; default one hour. */
  readonly withinMs?: number
  /** Time between two looks, in milliseconds; default 200. */
  readonly everyMs?: number
  /** Called on every look in vain; true gives up, because the holder did what was wanted. */
  readonly waiting?: (ownerPid: number) => Promise<boolean>
}

/**
 * Runs `work` while this process alone holds the lock in `folder`; returns whether it ran.
 *
 * The lock is a series of files `lock.<n>`, of which the highest counts. Taking it means creating
 * the next one, which only one process can do, and that is possible when the highest one was
 * released or its owner is dead: so a crashed holder blocks nobody, and two processes that find it
 * dead at the same moment cannot both become its successor. The highest file is never removed.
 */
export async function withLock(folder: string, work: () => Promise<void>, options: LockOptions = {}): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  const mine = await acquire(folder, options)
  if (mine === undefined) return false
  try {
    await work()
    return true
  } finally {
    await replace(mine.file, { ...mine.owner, released: true })
  }
}

interface Held {
  readonly file: string
  readonly owner: Owner
}

async function acquire(folder: string, options: LockOptions): Promise<Held | undefined> {
  const owner: Owner = { pid: process.pid, started: await startOf(process.pid), host: hostname(), released: false }
  const began = elapsed()
  for (;;) {
    options.signal?.throwIfAborted()
    const highest = await highestGeneration(folder)
    const current = highest === 0 ? undefined : await readOwner(join(folder, `lock.${highest}`))
    if (current === undefined || current.released || !(await alive(current))) {
      const file = join(folder, `lock.${highest + 1}`)
      if (await create(file, owner)) {
        // A slower process may have created a number that was tidied away meanwhile.
        if ((await highestGeneration(folder)) === highest + 1) {
          await removeBelow(folder, highest + 1)
          return { file, owner }
        }
        await rm(file, { force: true })
      }
      continue
    }
    const waited = elapsed() - began
    if (waited > (options.withinMs ?? 60 * 60_000))
      throw clusterError(
        'tool_lock_timeout',
        `process ${current.pid} on ${current.host} has held ${join(folder, `lock.${highest}`)} too long: ` +
          'end that process, or remove the file if it does not exist',
      )
    if ((await options.waiting?.(current.pid)) === true) return undefined
    await pause(options.everyMs ?? 200, options.signal)
  }
}

async function highestGeneration(folder: string): Promise<number> {
  return Math.max(0, ...(await generations(folder)))
}

async function generations(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder)
  return names.map(name => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0)).filter(n => n > 0)
}

async function removeBelow(folder: string, generation: number): Promise<void> {
  for (const old of await generations(folder))
    if (old < generation) await rm(join(folder, `lock.${old}`), { force: true })
}

/** Creates the file with its whole content, or answers false when it exists. */
async function create(file: string, owner: Owner): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(owner))
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function replace(file: string, owner: Owner): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(owner))
  await rename(draft, file)
}

/** Undefined when the file went away or says nothing: nobody holds it then. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isOwner(value) ? value : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

function isOwner(value: unknown): value is Owner {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'started' in value &&
    typeof value.started === 'string' &&
    'host' in value &&
    typeof value.host === 'string' &&
    'released' in value &&
    typeof value.released === 'boolean'
  )
}

/** A holder on another machine (a shared home folder) cannot be examined and counts as alive. */
async function alive(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return true
  const started = await startOf(owner.pid)
  return started !== '' && started === owner.started
}

/** Something that tells two processes with the same id apart, or '' when there is no such process. */
export async function startOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      // proc(5): the command name in parentheses may hold anything; after it follow state (3rd) … starttime (22nd).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? '' : (fields[19] ?? '')
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
    return stdout.trim()
  } catch {
    return ''
  }
}
