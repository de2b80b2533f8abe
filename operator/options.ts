import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { randomUUID } from 'node:crypto'
import { type HostPatterns, isHostPattern } from './evaluator/outbound/hosts.ts'
import { ORCHESTRATOR_GROUP } from './api/names.ts'

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
  /** host:port for /livez and /readyz, over plain HTTP and without data; port 0 takes a free one. */
  readonly healthAddress: Address
  /** The REST surface; undefined: none. */
  readonly rest: RestOptions | undefined
  readonly gates: GateOptions
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export type GateOptions = {
  /** Hosts that gates may ask; undefined: every one whose address may be. */
  readonly hosts: HostPatterns | undefined
  /** Whether gates may ask services on this machine. */
  readonly loopback: boolean
}

export type Address = { readonly host: string; readonly port: number }

export type RestOptions = {
  readonly address: Address
  /** Lets replicas on one machine share the port. */
  readonly reusePort: boolean
  /** Namespace of paths that name none; undefined: that of the Lease. */
  readonly planNamespace: string | undefined
  /** The Service in front; its names are in the certificate, which is kept in Secret `<service>-serving`. */
  readonly service: string
  /** Whether kube-apiserver passes requests on. Otherwise no certificate of a front proxy counts, and none is asked for. */
  readonly aggregated: boolean
  /** PEM files to serve with instead of a certificate of the operator's own making. */
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined
  /** A bearer token must be meant for one of these. */
  readonly audiences: readonly string[]
  readonly verdictMs: number
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
  --health-address HOST:PORT /livez and /readyz, plain HTTP; default: 127.0.0.1:8081
  --rest-address HOST:PORT   the REST surface and /metrics, HTTPS; "off": none; default: 127.0.0.1:8443
  --rest-reuse-port          lets replicas on one machine share the port
  --plan-namespace NAME      namespace of /v1/rollouts, where no other is named; default: that of the Lease
  --service NAME             the Service in front of the REST surface; default: autonomy-rollouts
  --aggregated on|off        whether the API server passes requests on (an APIService is registered); default: on
  --tls-cert-file PATH       serve with this certificate, read again when it changes; default: the operator makes
  --tls-key-file PATH          its own and keeps it in Secret <service>-serving
  --token-audience NAME      a bearer token must be meant for it; may be repeated; default: orchestrator.autonomyops.dev
  --verdict-timeout SECONDS  how long a write waits for the leader; default: 25
  --gate-hosts PATTERN       a host that gates may ask: name, *.suffix, either with :port; may be repeated; default: any
  --gate-loopback            lets gates ask services on this machine, for development
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
    healthAddress: address('health-address', values['health-address']),
    rest: values['rest-address'] === 'off' ? undefined : restOptions(values),
    gates: { hosts: hostPatterns(values['gate-hosts']), loopback: values['gate-loopback'] },
    logLevel: level(values['log-level']),
  }
}

function restOptions(values: ReturnType<typeof parse>['values']): RestOptions {
  const [cert, key] = [values['tls-cert-file'], values['tls-key-file']]
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert-file and --tls-key-file go together: give both or none')
  return {
    address: address('rest-address', values['rest-address']),
    reusePort: values['rest-reuse-port'],
    planNamespace: values['plan-namespace'],
    service: values.service,
    aggregated: onOff('aggregated', values.aggregated),
    tlsFiles: cert === undefined || key === undefined ? undefined : { cert, key },
    audiences: values['token-audience'],
    verdictMs: seconds('verdict-timeout', values['verdict-timeout']),
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
        'rest-address': { type: 'string', default: '127.0.0.1:8443' },
        'rest-reuse-port': { type: 'boolean', default: false },
        'plan-namespace': { type: 'string' },
        service: { type: 'string', default: 'autonomy-rollouts' },
        aggregated: { type: 'string', default: 'on' },
        'tls-cert-file': { type: 'string' },
        'tls-key-file': { type: 'string' },
        'token-audience': { type: 'string', multiple: true, default: [ORCHESTRATOR_GROUP] },
        'verdict-timeout': { type: 'string', default: '25' },
        'gate-hosts': { type: 'string', multiple: true },
        'gate-loopback': { type: 'boolean', default: false },
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

function hostPatterns(patterns: readonly string[] | undefined): HostPatterns | undefined {
  const wrong = patterns?.find(pattern => !isHostPattern(pattern))
  if (wrong !== undefined)
    throw new UsageError(`--gate-hosts wants a host name, or *. and a suffix, optionally with :port, not "${wrong}"`)
  return patterns
}

function seconds(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 3600)) throw new UsageError(`--${name} wants seconds between 0 and 3600, not "${text}"`)
  return value * 1000
}

function address(name: string, text: string): Address {
  const match = /^(?:\[(?<six>[0-9a-f:]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/i.exec(text)
  const port = Number(match?.groups?.['port'])
  if (!match || port > 65_535) throw new UsageError(`--${name} wants host:port, not "${text}"`)
  return { host: match.groups?.['six'] ?? match.groups?.['host'] ?? '', port }
}

function onOff(name: string, text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new UsageError(`--${name} wants on or off, not "${text}"`)
}

function level(text: string): Options['logLevel'] {
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text
  throw new UsageError(`--log-level wants debug, info, warn or error, not "${text}"`)
}
