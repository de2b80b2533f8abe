import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { SYSTEM } from '../charts/account.ts'
import { tail } from '../cluster/component.ts'
import type { Exit, Supervisor } from '../cluster/supervisor.ts'
import { nodeOptions } from '../image/node-options.ts'
import type { ReplicaClock } from './clock/fault.ts'
import type { Program } from './program.ts'

/** One process of the operator. */
export type Process = {
  readonly pid: number
  readonly exited: Promise<Exit>
  hasExited(): boolean
  signal(signal: NodeJS.Signals): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

export type LogPart = { readonly text: string; readonly end: number }

export type LeaseTiming = {
  readonly durationSeconds: number
  readonly renewDeadlineSeconds: number
  readonly retryPeriodSeconds: number
}

export type ReplicaOptions = {
  readonly supervisor: Supervisor
  /** Names its log; a process started again under the same name goes on in it. */
  readonly name: string
  readonly identity: string
  readonly kubeconfig: string
  readonly lease: LeaseTiming
  readonly folder: string
  readonly program: Program
  /** Default: the machine's. */
  readonly clock?: ReplicaClock | undefined
}

/** Starts the operator as it is, with this Node and the image's options for it; resolves when the process is there. */
export async function startReplica(options: ReplicaOptions): Promise<Process> {
  const { supervisor, name, identity, kubeconfig, lease, folder, program, clock } = options
  const flags = {
    kubeconfig,
    namespace: SYSTEM,
    identity,
    'lease-duration': lease.durationSeconds,
    'renew-deadline': lease.renewDeadlineSeconds,
    'retry-period': lease.retryPeriodSeconds,
    'health-address': '127.0.0.1:0',
    'rest-address': 'off',
  }
  const args = ['--gate-loopback', ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)]
  const started = await supervisor.start({
    name,
    command: 'env',
    args: [...commandOf(program, clock), ...args],
    logFile: logOf(folder, name),
  })
  return {
    pid: started.pid,
    exited: started.exited,
    hasExited: () => started.hasExited(),
    signal: async signal => await started.signal(signal),
    kill: async () => {
      await started.signal('SIGKILL')
      await started.exited
    },
  }
}

/** The end of a replica's log, over all of its starts. */
export async function replicaLog(folder: string, name: string, lines = 30): Promise<string> {
  return await tail(logOf(folder, name), lines)
}

/** What it has written to its log since it had so many bytes, up to the last whole line, and how many it has then. */
export async function replicaLogSince(folder: string, name: string, from: number): Promise<LogPart> {
  await using file = await open(logOf(folder, name), 'r')
  const { size } = await file.stat()
  const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
  const end = buffer.lastIndexOf(0x0a) + 1
  return { text: buffer.toString('utf8', 0, end), end: from + end }
}

/** Compiles the operator once, so that every later start of it takes half the time: a killed process saves no cache. */
export async function warmUp(supervisor: Supervisor, folder: string, program: Program): Promise<void> {
  const { exited } = await supervisor.start({
    name: 'warm-up',
    command: 'env',
    args: [...commandOf(program), '--help'],
    logFile: logOf(folder, 'warm-up'),
  })
  const { code } = await exited
  if (code !== 0) throw new Error(`the operator's --help ended with ${code}: ${await replicaLog(folder, 'warm-up')}`)
}

function commandOf({ file, compileCache }: Program, clock?: ReplicaClock): readonly string[] {
  const own = { NODE_COMPILE_CACHE: compileCache, NODE_OPTIONS: nodeOptions() }
  const environment = Object.entries({ ...clock?.environment, ...own })
  const flags = ['--enable-source-maps', ...(clock?.flags ?? [])]
  return [...environment.map(([name, value]) => `${name}=${value}`), process.execPath, ...flags, file]
}

function logOf(folder: string, name: string): string {
  return join(folder, `${name}.log`)
}
