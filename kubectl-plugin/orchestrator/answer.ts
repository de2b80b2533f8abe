import { isRecord } from '../../operator/kube/refusal.ts'
import type { ErrorBody } from '../../operator/rest/schema/bodies.ts'
import type { HttpAnswer } from './exchange.ts'
import { OrchestratorError, type Refused } from './trouble.ts'

/** Longest beginning of a foreign answer that is repeated to people. */
const EXCERPT = 160

/** Which release of the server answers: `autonomy-rollouts/0.2.0`. */
export function releaseIn({ headers }: HttpAnswer): string | undefined {
  return /\bautonomy-rollouts\/(\S+)/.exec(headers['server'] ?? '')?.[1]
}

/**
 * What an answer that is no success says, whoever gave it.
 *
 * Three parties answer in the orchestrator's place: kube-apiserver before it asks us (a Status of 401, 403 or 404
 * without `error`), kube-apiserver when it cannot reach us (503 as plain text, or 503 and 504 as a Status), and proxies.
 */
export function refusal(request: string, address: string, answer: HttpAnswer): OrchestratorError {
  const { status } = answer
  const body = statusOf(answer.text)
  const excerpt = excerptOf(body?.message ?? answer.text)
  const foreign = (kind: 'no_backend' | 'not_orchestrator') =>
    new OrchestratorError({ kind, request, address, status, excerpt }, excerpt)
  if (status === 401 || status === 403) {
    const { error = status === 401 ? 'unauthorized' : 'forbidden', details } = body ?? {}
    // kube-apiserver names the resource without its subresource: only our own details say whose right it is.
    const resource = body?.error === undefined ? undefined : details?.kind
    const trouble = { kind: 'denied', request, address, status, error } as const
    return new OrchestratorError(resource === undefined ? trouble : { ...trouble, resource }, body?.message ?? excerpt)
  }
  // k8s.io/kube-aggregator/pkg/apiserver/handler_proxy.go answers http.Error(w, "service unavailable", 503).
  if (body === undefined) return foreign(status === 503 && isPlain(answer) ? 'no_backend' : 'not_orchestrator')
  const { error } = body
  if (error !== undefined) return new OrchestratorError(refusedOf(request, answer, { ...body, error }), body.message)
  return foreign(status === 502 || status === 503 || status === 504 ? 'no_backend' : 'not_orchestrator')
}

/** @throws OrchestratorError not_orchestrator when it is not a JSON object */
export function objectOf(request: string, address: string, { status, text }: HttpAnswer): object {
  const body = parsed(text)
  if (isRecord(body)) return body
  const excerpt = excerptOf(text)
  throw new OrchestratorError({ kind: 'not_orchestrator', request, address, status, excerpt }, excerpt)
}

type Status = Pick<ErrorBody, 'message' | 'reason' | 'details' | 'recovery'> & { readonly error: string | undefined }

function statusOf(text: string): Status | undefined {
  const body = parsed(text)
  if (!isRecord(body) || body['kind'] !== 'Status') return undefined
  const { message, reason, error, details, recovery } = body
  return {
    message: typeof message === 'string' && message !== '' ? message : 'no explanation',
    reason: typeof reason === 'string' ? reason : '',
    error: typeof error === 'string' ? error : undefined,
    ...(isRecord(details) ? { details: details as NonNullable<ErrorBody['details']> } : {}),
    ...(typeof recovery === 'string' ? { recovery } : {}),
  }
}

function refusedOf(request: string, answer: HttpAnswer, body: Status & { readonly error: string }): Refused {
  const { error, reason, details, recovery } = body
  const { status } = answer
  const server = releaseIn(answer)
  return {
    kind: 'refused',
    request,
    status,
    error,
    reason,
    ...(details === undefined ? {} : { details }),
    ...(recovery === undefined ? {} : { recovery }),
    ...(server === undefined ? {} : { server }),
  }
}

function isPlain({ headers }: HttpAnswer): boolean {
  return headers['content-type']?.startsWith('text/plain') ?? false
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One line, without anything a terminal would obey. */
function excerptOf(text: string): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replaceAll(/[\u0000-\u0020\u007f-\u009f]+/g, ' ').trim()
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}…` : line || 'an empty answer'
}
