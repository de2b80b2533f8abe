import type { RefusalBody } from './refusal.ts'

/** The API server answered and refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly code: number
  /** `reason` of the Status body; empty when the answer was not a Status (a proxy's page, plain text, garbage). */
  readonly reason: string
  /** How long the server asked to be left alone, if it said so. */
  declare readonly retryAfterMs?: number
  /** Object and field causes, where the Status names them. */
  declare readonly details?: RefusalBody['details']
  /** What was asked: `PUT /apis/…`, without the query. */
  readonly request: string

  constructor(request: string, code: number, body: RefusalBody, retryAfterMs?: number) {
    super(`${request}: ${code}${body.reason === '' ? '' : ` ${body.reason}`}: ${body.message}`)
    this.request = request
    this.code = code
    this.reason = body.reason
    if (body.details !== undefined) this.details = body.details
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/**
 * - `connection_refused`, `dns`, `tls`: no connection; nothing was sent
 * - `reset`: the connection broke; a write may have been committed
 * - `timeout`: the deadline passed; a write may have been committed
 * - `too_large`, `bad_response`: an answer came that cannot be used; a write may have been committed
 * - `credentials`: the kubeconfig, token file or exec plugin gave no usable credentials; nothing was sent
 * - `closed`: the transport was closed
 * - `network`: anything else below HTTP
 */
export type TransportErrorCode =
  | 'connection_refused'
  | 'dns'
  | 'tls'
  | 'reset'
  | 'timeout'
  | 'too_large'
  | 'bad_response'
  | 'credentials'
  | 'closed'
  | 'network'

/** No usable answer came. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode
  readonly request: string

  constructor(request: string, code: TransportErrorCode, message: string, cause?: unknown) {
    super(`${request}: ${message}`, cause === undefined ? undefined : { cause })
    this.request = request
    this.code = code
  }
}

/** Who answers for a write that was refused before it was sent: this replica does not hold the lease. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError'
  readonly code = 'not_leader'
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError
}

export function isTransportError(error: unknown): error is TransportError {
  return error instanceof TransportError
}

/**
 * The named object does not exist. False for a 404 that is not a Status of the API machinery, which means that the
 * *kind* is not served (CRD or APIService missing, wrong server): see `isNotServed`. Never take that one for "deleted".
 */
export function isNotFound(error: unknown): boolean {
  return isApiError(error) && error.code === 404 && error.reason === 'NotFound'
}

export function isNotServed(error: unknown): boolean {
  return isApiError(error) && error.code === 404 && error.reason !== 'NotFound'
}

/** The object exists in another version than the one the write was based on (or another UID than the precondition's). */
export function isConflict(error: unknown): boolean {
  return isApiError(error) && error.code === 409 && error.reason !== 'AlreadyExists'
}

export function isAlreadyExists(error: unknown): boolean {
  return isApiError(error) && error.code === 409 && error.reason === 'AlreadyExists'
}

/** The resourceVersion or continue token asked for has been compacted away. */
export function isGone(error: unknown): boolean {
  return isApiError(error) && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
}

export function isForbidden(error: unknown): boolean {
  return isApiError(error) && error.code === 403
}

/** Refused by flow control or for the time being: nothing was written. `askedPauseMs` says for how long. */
export function isThrottled(error: unknown): boolean {
  return isApiError(error) && (error.code === 429 || (error.code === 503 && error.retryAfterMs !== undefined))
}

/** It, a policy or a webhook of it does not take this write, for good or for now; it may take others. */
export function isRefused(error: unknown): error is ApiError {
  return isApiError(error) && !isThrottled(error)
}

/** It is certain that the write was not made: it was not sent, or it was refused. */
export function wasNotMade(error: unknown): boolean {
  return error instanceof NotLeaderError || (isApiError(error) && error.code < 500) || isThrottled(error)
}

/** How long the server asked to be left alone; 0 when it did not ask. */
export function askedPauseMs(error: unknown): number {
  return isApiError(error) ? (error.retryAfterMs ?? 0) : 0
}

const permanent: ReadonlySet<number> = new Set([400, 405, 406, 413, 415, 422])

/**
 * The same request will be refused again for as long as the object stays what it is: retrying is useless.
 * 403 is not among them: it ends when somebody grants the permission, with nothing changing on our side.
 */
export function isPermanent(error: unknown): boolean {
  if (!isApiError(error)) return false
  return permanent.has(error.code) || (error.code === 500 && isOversize(error.message))
}

/**
 * An object above etcd's limit (1.5 MiB) or gRPC's (2 MiB) is answered with HTTP 500 and no reason: the message is the
 * only evidence there is, which is why this one place matches text. Above 3 MiB the server answers 413 itself.
 */
function isOversize(message: string): boolean {
  return message.includes('etcdserver: request is too large') || message.includes('code = ResourceExhausted')
}
