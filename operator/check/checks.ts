import { API_VERSION, ORCHESTRATOR_GROUP } from '../api/names.ts'
import { isApiError, isForbidden, isNotServed, isTransportError } from '../kube/errors.ts'
import { isRecord } from '../kube/refusal.ts'
import type { Transport } from '../kube/transport.ts'
import { AGGREGATED_PREFIX, type Door } from './door.ts'
import type { Check, Outcome } from './outcome.ts'

const APISERVICE = `v1.${ORCHESTRATOR_GROUP}`
/** Nothing may come of what is asked of it: no plan of this name is there, and nobody would steer it. */
const NO_PLAN = 'installation-check'
/** What the account has no right to. */
const STRATEGY = 'retry'

/** What must hold for an installation to be of use, in the order in which one thing needs the other. */
export function checksOf(api: Transport, door: Door, namespace: string): readonly Check[] {
  const rollouts = `${door.prefix}/namespaces/${encodeURIComponent(namespace)}/rollouts`
  return [
    definitions(api),
    ...(door.kind === 'aggregated' ? [discovery(api)] : []),
    reading(door, rollouts, namespace),
    denial(door, rollouts, namespace),
  ]
}

/** A CRD is in the API server's discovery once it is established, and everybody may read that. */
function definitions(api: Transport): Check {
  return listing(api, 'crds', `/apis/${API_VERSION}`, ['rolloutplans', 'rolloutrecoveries'], error =>
    isNotServed(error)
      ? `the API server does not serve ${API_VERSION}: install the CRDs, with the chart or by kubectl apply --server-side -f crds/`
      : `the API server did not say what ${API_VERSION} has: ${words(error)}`,
  )
}

function discovery(api: Transport): Check {
  return listing(api, 'discovery', AGGREGATED_PREFIX, ['rollouts'], throughApiServer)
}

function listing(
  api: Transport,
  name: string,
  path: string,
  wanted: readonly string[],
  explain: (error: unknown) => string,
): Check {
  return attempt(name, async (signal, timeoutMs) => {
    try {
      const found = namesIn(await api.request({ method: 'GET', path, signal, timeoutMs }))
      const missing = wanted.filter(plural => !found.includes(plural))
      if (missing.length === 0) return passed(`the API server lists ${wanted.join(' and ')} under ${path}`)
      return failed(`the API server lists no ${missing.join(' and no ')} under ${path}: is it of this release?`)
    } catch (error) {
      return failed(explain(error))
    }
  })
}

function reading(door: Door, rollouts: string, namespace: string): Check {
  return attempt('read', async (signal, timeoutMs) => {
    try {
      await door.transport.request({ method: 'GET', path: rollouts, signal, timeoutMs })
      return passed(`the rollouts of namespace ${namespace} can be read ${door.name}`)
    } catch (error) {
      if (!isForbidden(error)) return failed(unreachable(door, error))
      return failed(`this account may not list rollouts in namespace ${namespace}: give it that right`)
    }
  })
}

/**
 * A right that this account has not got must be missed by the operator itself. kube-apiserver asks for rollouts/recover
 * before it passes the request on, and knows nothing of the strategy, which stands in the body. So the account has the
 * one and not the other, and the refusal has to name the other. RBAC is asked before any plan is looked up.
 */
function denial(door: Door, rollouts: string, namespace: string): Check {
  return attempt('denial', async (signal, timeoutMs) => {
    const says =
      `a recover in namespace ${namespace} was not refused for want of rollouts/${STRATEGY}: take every right from this ` +
      'account but to list rollouts and to create rollouts/recover; if it has no more, the surface does not ask RBAC, ' +
      'and must not be used'
    try {
      const path = `${rollouts}/${NO_PLAN}/recover`
      const body = { strategy: STRATEGY, reason: 'a check that this is refused' }
      await door.transport.request({ method: 'POST', path, body, signal, timeoutMs })
      return failed(says, true)
    } catch (error) {
      if (isForbidden(error)) return refusal(error, door, namespace)
      const judged = isApiError(error) && !isNotServed(error) && error.code < 500 && ![401, 429].includes(error.code)
      return judged ? failed(`${says} (${words(error)})`, true) : failed(unreachable(door, error))
    }
  })
}

/** A 403 for want of anything else is no proof that the operator asks RBAC: it may come from in front of it. */
function refusal(error: unknown, door: Door, namespace: string): Outcome {
  const missing = isApiError(error) ? error.details?.kind : undefined
  if (missing === `rollouts/${STRATEGY}`)
    return passed(`a recover by this account is refused ${door.name}, by the operator`)
  return failed(
    `the operator was not asked whether this account may recover in namespace ${namespace}: give it the right to ` +
      `create rollouts/recover, and none to create rollouts/${STRATEGY} (${words(error)})`,
  )
}

function unreachable(door: Door, error: unknown): string {
  return door.kind === 'aggregated' ? throughApiServer(error) : directly(door, error)
}

function throughApiServer(error: unknown): string {
  if (isNotServed(error))
    return `the API server knows no ${ORCHESTRATOR_GROUP}/v1: APIService ${APISERVICE} is missing, install it with the chart`
  if (isApiError(error) && error.code === 503)
    return `the API server cannot pass requests on to the operator (${words(error)}): kubectl describe apiservice ${APISERVICE}`
  return `the API server gave no answer of the operator: ${words(error)}`
}

function directly({ name }: Door, error: unknown): string {
  if (isApiError(error) && error.code === 401)
    return `the token was not accepted ${name}: it must be valid, and meant for the audience ${ORCHESTRATOR_GROUP}`
  if (isTransportError(error))
    switch (error.code) {
      case 'tls':
        return `the certificate ${name} is not trusted (${words(error)}): give --ca-file ca.crt of the Secret with it`
      case 'credentials':
        return `there is no token to show: ${words(error.cause)}; mount one, and name it by --token-file`
      case 'dns':
      case 'connection_refused':
        return `nothing answers ${name} (${words(error)}): is the Service there, and a pod of the operator ready?`
    }
  return `no usable answer came ${name}: ${words(error)}`
}

function attempt(name: string, run: Check['try']): Check {
  return {
    name,
    try: async (signal, withinMs) => {
      const outcome = await run(signal, withinMs)
      signal.throwIfAborted()
      return outcome
    },
  }
}

function namesIn(answer: unknown): readonly unknown[] {
  const resources = isRecord(answer) && Array.isArray(answer.resources) ? answer.resources : []
  return resources.filter(isRecord).map(({ name }) => name)
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function passed(says: string): Outcome {
  return { kind: 'passed', says }
}

function failed(says: string, final = false): Outcome {
  return { kind: 'failed', says, final }
}
