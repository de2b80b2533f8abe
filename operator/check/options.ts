import { parseArgs } from 'node:util'

export type Options = {
  readonly kubeconfig: string | undefined
  /** How the REST surface is asked. */
  readonly door: 'aggregated' | DirectOptions
  /** Of the Service; undefined: the namespace of the pod, or of the kubeconfig's context. */
  readonly namespace: string | undefined
  /** Whose rollouts are read; undefined: that of the Service. */
  readonly planNamespace: string | undefined
  readonly deadlineMs: number
}

export type DirectOptions = {
  readonly service: string
  /** A token for the audience orchestrator.autonomyops.dev. */
  readonly tokenFile: string
  /** PEM; undefined: the authorities that Node trusts. */
  readonly caFile: string | undefined
}

export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}

export const USAGE = `autonomy-rollouts check: says whether an installation works, and what to do when it does not.

  --kubeconfig PATH      default: KUBECONFIG, the pod's service account, ~/.kube/config
  --aggregated on|off    ask through the API server, or the Service directly; default: on
  --service NAME         the Service, with "off"; default: autonomy-rollouts
  --namespace NAME       its namespace; default: the pod's, or the context's
  --plan-namespace NAME  whose rollouts are read; default: that of the Service
  --token-file PATH      with "off": a token for the audience orchestrator.autonomyops.dev
  --ca-file PATH         with "off": ca.crt of Secret <service>-serving; default: what Node trusts
  --deadline SECONDS     how long everything may take to become good; default: 60
  --help

The account that runs it needs, in the plan namespace, to list rollouts and to create rollouts/recover, and may have
no right to create rollouts/retry: that this is missed is one of the checks.
Exit code: 0 all checks passed, 1 one did not, 2 wrong usage.
`

/** Reads the command line. @throws UsageError with the option and what it wants */
export function readOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const seconds = Number(values.deadline)
  if (!(seconds > 0 && seconds <= 3600))
    throw new UsageError(`--deadline wants seconds between 0 and 3600, not "${values.deadline}"`)
  return {
    kubeconfig: values.kubeconfig,
    door: values.aggregated === 'on' ? 'aggregated' : directOptions(values),
    namespace: values.namespace,
    planNamespace: values['plan-namespace'],
    deadlineMs: seconds * 1000,
  }
}

function directOptions(values: ReturnType<typeof parse>): DirectOptions {
  if (values.aggregated !== 'off') throw new UsageError(`--aggregated wants on or off, not "${values.aggregated}"`)
  const tokenFile = values['token-file']
  if (tokenFile === undefined) throw new UsageError('--aggregated off needs --token-file: the Service wants a token')
  return { service: values.service, tokenFile, caFile: values['ca-file'] }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        kubeconfig: { type: 'string' },
        aggregated: { type: 'string', default: 'on' },
        service: { type: 'string', default: 'autonomy-rollouts' },
        namespace: { type: 'string' },
        'plan-namespace': { type: 'string' },
        'token-file': { type: 'string' },
        'ca-file': { type: 'string' },
        deadline: { type: 'string', default: '60' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)} (--help lists the options)`, {
      cause,
    })
  }
}
