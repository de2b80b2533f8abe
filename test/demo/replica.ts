import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NAMESPACE, type Scenery } from './scenery.ts'

/** One operator process. */
export type Replica = {
  readonly name: string
  readonly log: string
  readonly running: () => boolean
  /** SIGKILL: no goodbye, the lease stays until it runs out. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL when it takes too long. Resolves with the exit code. */
  stop(): Promise<number | null>
  /** The last lines it wrote. */
  tail(lines?: number): string
}

const MAIN = join(import.meta.dirname, '../../operator/main.ts')
const STOP_MS = 25_000

/**
 * Starts an operator replica as a local process. The lease is short, so that a change of leader takes seconds.
 *
 * It runs under the chart's service account; all replicas share the port of the REST surface.
 */
export function startReplica(name: string, { operator, cluster: { folder }, port }: Scenery): Replica {
  const log = join(folder, `${name}.log`)
  const file = openSync(log, 'w')
  const lease = ['--lease-duration', '4', '--renew-deadline', '3', '--retry-period', '0.5']
  const where = ['--kubeconfig', operator, '--namespace', NAMESPACE, '--identity', name]
  const rest = ['--rest-address', `127.0.0.1:${port}`, '--rest-reuse-port', '--plan-namespace', 'fleet']
  const child = spawn(process.execPath, [MAIN, ...where, ...lease, ...rest, '--health-address', '127.0.0.1:0'], {
    stdio: ['ignore', file, file],
  })
  const ended = once(child, 'exit')
  const running = () => child.exitCode === null && child.signalCode === null
  return {
    name,
    log,
    running,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      if (!running()) return child.exitCode
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(late)
      return child.exitCode
    },
    tail: (lines = 15) => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
  }
}
