import { join } from 'node:path'
import { SYSTEM } from '../charts/account.ts'
import { tail } from '../cluster/component.ts'
import type { Exit, Supervisor } from '../cluster/supervisor.ts'

/** One process of the operator. */
export type Process = {
  readonly exited: Promise<Exit>
  hasExited(): boolean
  signal(signal: NodeJS.Signals): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

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
}

const MAIN = join(import.meta.dirname, '../../operator/main.ts')

/** Starts `operator/main.ts` as it is, with this Node; resolves when the process is there. */
export async function startReplica(options: ReplicaOptions): Promise<Process> {
  const { supervisor, name, identity, kubeconfig, lease, folder } = options
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
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  const started = await supervisor.start({
    name,
    command: 'env',
    args: [`NODE_COMPILE_CACHE=${join(folder, 'compile-cache')}`, process.execPath, MAIN, ...args],
    logFile: logOf(folder, name),
  })
  return {
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

/** Compiles the operator once, so that every later start of it takes half the time: a killed process saves no cache. */
export async function warmUp(supervisor: Supervisor, folder: string): Promise<void> {
  const { exited } = await supervisor.start({
    name: 'warm-up',
    command: 'env',
    args: [`NODE_COMPILE_CACHE=${join(folder, 'compile-cache')}`, process.execPath, MAIN, '--help'],
    logFile: logOf(folder, 'warm-up'),
  })
  const { code } = await exited
  if (code !== 0) throw new Error(`operator/main.ts --help ended with ${code}: ${await replicaLog(folder, 'warm-up')}`)
}

function logOf(folder: string, name: string): string {
  return join(folder, `${name}.log`)
}
