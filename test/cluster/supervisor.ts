import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { clusterError } from './error.ts'
import type { Command, Report } from './supervisor-protocol.ts'

export interface ProcessSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** File that gets standard output and standard error, appended; undefined: where those of the supervisor go. */
  readonly logFile?: string | undefined
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A supervised process. */
export interface Supervised {
  readonly name: string
  readonly pid: number
  /** Resolves when it ended, for whatever reason; never rejects. */
  readonly exited: Promise<Exit>
  hasExited(): boolean
  /** Resolves when the signal was sent, or when there is no such process any more. */
  signal(signal: NodeJS.Signals): Promise<void>
}

/**
 * Starts processes that cannot outlive this one. Until it is closed it keeps this process going, as
 * a listening server does.
 *
 * Guarantee: when this process ends in any way (SIGKILL included), every process started here is
 * killed and `folder` removed, by a small process in between that notices the closed channel. It
 * is the parent of the others, so that no process exists, even for a moment, that it does not know.
 */
export interface Supervisor {
  readonly pid: number
  /** Rejects with `component_failed` when the program cannot be started. */
  start(spec: ProcessSpec): Promise<Supervised>
  /** Kills everything, removes the folder and resolves when all of it is gone. Idempotent. */
  close(): Promise<void>
}

export interface SupervisorOptions {
  /** A command that runs the supervisor, given to it as its last arguments: `unshare` with its flags. Default: none. */
  readonly within?: readonly string[]
  /** Where its own words go, and those of processes without a log file: nowhere (default), to this process's, or a file. */
  readonly output?: 'ignore' | 'inherit' | number
  /** Name of a control group, in every hierarchy of the machine, that goes with the folder. */
  readonly cgroup?: string
}

interface Entry {
  readonly name: string
  readonly started: PromiseWithResolvers<number>
  readonly exited: PromiseWithResolvers<Exit>
  /** Signals on their way, oldest first. */
  readonly signals: PromiseWithResolvers<void>[]
  ended: boolean
}

export async function startSupervisor(folder: string, options: SupervisorOptions = {}): Promise<Supervisor> {
  const { within: [execPath, ...before] = [], output = 'ignore', cgroup } = options
  const child = fork(
    join(import.meta.dirname, 'supervisor-main.ts'),
    cgroup === undefined ? [folder] : [folder, cgroup],
    {
      detached: true,
      ...(execPath === undefined ? { execArgv: [] } : { execPath, execArgv: [...before, process.execPath] }),
      stdio: ['ignore', output, output, 'ipc'],
    },
  )
  const gone = Promise.withResolvers<void>()
  const entries = new Map<number, Entry>()
  let closing = false
  let nextId = 1
  child.on('message', (report: Report) => settle(entries, report))
  child.once('error', () => gone.resolve())
  child.once('exit', () => {
    gone.resolve()
    for (const entry of entries.values()) {
      entry.started.reject(clusterError('supervisor_lost', `the supervisor ended while ${entry.name} was starting`))
      end(entry, { code: null, signal: 'SIGKILL' })
    }
  })
  await spawned(child)

  const send = (command: Command) => {
    if (child.connected) child.send(command)
  }
  return {
    pid: child.pid ?? 0,
    async start(spec) {
      if (closing || !child.connected)
        throw clusterError('supervisor_lost', `cannot start ${spec.name}: already closed`)
      const id = nextId++
      const entry: Entry = {
        name: spec.name,
        started: Promise.withResolvers<number>(),
        exited: Promise.withResolvers<Exit>(),
        signals: [],
        ended: false,
      }
      entries.set(id, entry)
      send({ kind: 'start', id, ...spec })
      const pid = await entry.started.promise
      return {
        name: spec.name,
        pid,
        exited: entry.exited.promise,
        hasExited: () => entry.ended,
        signal: async signal => {
          if (entry.ended) return
          const sent = Promise.withResolvers<void>()
          entry.signals.push(sent)
          send({ kind: 'signal', id, signal })
          await sent.promise
        },
      }
    },
    async close() {
      closing = true
      send({ kind: 'close' })
      await gone.promise
    },
  }
}

async function spawned(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
}

function settle(entries: ReadonlyMap<number, Entry>, report: Report): void {
  const entry = entries.get(report.id)
  if (entry === undefined) return
  switch (report.kind) {
    case 'started':
      entry.started.resolve(report.pid)
      break
    case 'unstartable':
      entry.ended = true
      entry.started.reject(clusterError('component_failed', `${entry.name} cannot be started: ${report.reason}`))
      break
    case 'signalled':
      entry.signals.shift()?.resolve()
      break
    case 'exited':
      end(entry, { code: report.code, signal: report.signal })
      break
  }
}

function end(entry: Entry, exit: Exit): void {
  entry.ended = true
  for (const sent of entry.signals.splice(0)) sent.resolve()
  entry.exited.resolve(exit)
}
