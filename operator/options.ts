import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { randomUUID } from 'node:crypto'

export type Options = {
  readonly kubeconfig: string | undefined
  /** Where the Lease is; undefined: the namespace of the pod, or of the kubeconfig's context. */
  readonly namespace: string | undefined
  readonly leaseName: string
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
  /** Unique to this process. */
  readonly identity: string
  /** host:port for /livez, /readyz and /metrics; port 0 takes a free one. */
  readonly healthAddress: { readonly host: string; readonly port: number }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}

export const USAGE = `autonomy-rollouts operator: moves fleets of nodes to new releases in stages.

  --kubeconfig PATH          default: KUBECONFIG, the pod's service account, ~/.kube/config
  --namespace NAME           where the leader's Lease is; default: the pod's, or the context's
  --lease-name NAME          default: autonomy-rollouts
  --lease-duration SECONDS   how long a leader is believed without a renewal; default: 15
  --renew-deadline SECONDS   when a leader that cannot renew gives up; default: 10
  --retry-period SECONDS     between two tries; default: 2
  --identity NAME            unique to this process; default: host name and a random part
  --health-address HOST:PORT /livez, /readyz, /metrics; default: 127.0.0.1:8081
  --log-level LEVEL          debug, info, warn or error; default: info
  --help
`

/** Reads the command line. @throws UsageError with the option and what it wants */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parse(args)
  if (values.help) return 'help'
  const leaseDurationMs = seconds('lease-duration', values['lease-duration'])
  if (leaseDurationMs % 1000 !== 0) throw new UsageError('--lease-duration wants whole seconds')
  const renewDeadlineMs = seconds('renew-deadline', values['renew-deadline'])
  const retryPeriodMs = seconds('retry-period', values['retry-period'])
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs))
    throw new UsageError('--lease-duration must be greater than --renew-deadline, and that greater than --retry-period')
  return {
    kubeconfig: values.kubeconfig,
    namespace: values.namespace,
    leaseName: values['lease-name'],
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
    identity: values.identity ?? `${hostname()}_${randomUUID()}`,
    healthAddress: address(values['health-address']),
    logLevel: level(values['log-level']),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        kubeconfig: { type: 'string' },
        namespace: { type: 'string' },
        'lease-name': { type: 'string', default: 'autonomy-rollouts' },
        'lease-duration': { type: 'string', default: '15' },
        'renew-deadline': { type: 'string', default: '10' },
        'retry-period': { type: 'string', default: '2' },
        identity: { type: 'string' },
        'health-address': { type: 'string', default: '127.0.0.1:8081' },
        'log-level': { type: 'string', default: 'info' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)} (--help lists the options)`, {
      cause,
    })
  }
}

function seconds(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 3600)) throw new UsageError(`--${name} wants seconds between 0 and 3600, not "${text}"`)
  return value * 1000
}

function address(text: string): Options['healthAddress'] {
  const match = /^(?:\[(?<six>[0-9a-f:]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/i.exec(text)
  const port = Number(match?.groups?.['port'])
  if (!match || port > 65_535) throw new UsageError(`--health-address wants host:port, not "${text}"`)
  return { host: match.groups?.['six'] ?? match.groups?.['host'] ?? '', port }
}

function level(text: string): Options['logLevel'] {
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text
  throw new UsageError(`--log-level wants debug, info, warn or error, not "${text}"`)
}
