import { ORCHESTRATOR_GROUP } from '../../operator/api/names.ts'
import { UsageError } from '../cli/invocation.ts'

/** What flags and variables say of whom to ask, and as whom. */
export type Target = {
  /** Of the orchestrator; undefined: the kubeconfig's cluster. */
  readonly url: string | undefined
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  readonly namespace: string | undefined
  readonly as: string | undefined
  readonly asGroups: readonly string[]
  /** Who the person says they are, for the record. */
  readonly operator: string | undefined
  /** Of one request, in milliseconds; Infinity: for as long as the server takes. */
  readonly timeoutMs: number
}

export const GROUP_PATH = `/apis/${ORCHESTRATOR_GROUP}`

export type Address = {
  readonly origin: string
  /** Before `/v1/rollouts`. */
  readonly prefix: string
}

/**
 * Reads the URL of an orchestrator.
 *
 * Without a path it means the API under its Kubernetes name, which the API server, `kubectl proxy` and the operator's own
 * listener all serve. A path is taken as it is; `/v1` may stand at its end, as in the requests.
 *
 * @throws UsageError
 */
export function addressOf(text: string): Address {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`"${text}" is no URL of an orchestrator; one looks like https://127.0.0.1:8443`)
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError(
      'the URL of the orchestrator has no user, query or fragment; credentials are in the kubeconfig',
    )
  const path = url.pathname.replace(/\/+$/, '')
  return { origin: url.origin, prefix: path === '' ? GROUP_PATH : path.replace(/\/v1$/, '') }
}
