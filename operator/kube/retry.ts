import { ApiError, TransportError } from './errors.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What has been tried for one request so far. */
export type Attempts = { readonly reauthenticated: boolean; readonly reconnected: boolean; readonly waits: number }

export type Retry =
  | { readonly kind: 'give_up' }
  | { readonly kind: 'reauthenticate' }
  | { readonly kind: 'reconnect'; readonly afterMs: number }
  | { readonly kind: 'wait'; readonly afterMs: number }

const mostWaits = 3
const reconnectAfterMs = 100

/**
 * Whether to send a failed request again.
 *
 * - 401: once, with fresh credentials; the server did nothing yet, so any method may be repeated
 * - 429 and 503 with Retry-After: after that time, a few times, if it ends before the deadline; never for POST
 * - a broken or refused connection: once, for GET only, since a write may have been committed
 *
 * Everything else belongs to the caller, whose retry looks at the cluster first.
 */
export function decideRetry(method: Method, error: unknown, attempts: Attempts, leftMs: number): Retry {
  if (error instanceof ApiError) {
    if (error.code === 401) return attempts.reauthenticated ? { kind: 'give_up' } : { kind: 'reauthenticate' }
    const afterMs = error.retryAfterMs
    const asked = (error.code === 429 || error.code === 503) && afterMs !== undefined
    if (!asked || method === 'POST' || attempts.waits >= mostWaits || afterMs >= leftMs) return { kind: 'give_up' }
    return { kind: 'wait', afterMs }
  }
  if (error instanceof TransportError && method === 'GET' && !attempts.reconnected && broken(error)) {
    return { kind: 'reconnect', afterMs: reconnectAfterMs }
  }
  return { kind: 'give_up' }
}

function broken(error: TransportError): boolean {
  return error.code === 'reset' || error.code === 'connection_refused' || error.code === 'network'
}

/** A server that asks for more than this is not waited for here; the caller's own backoff takes over. */
const longestRetryAfterMs = 3_600_000

/**
 * Milliseconds asked for by a Retry-After header: seconds or an HTTP date (RFC 9110 10.2.3).
 *
 * @param date  the answer's own Date in epoch milliseconds, which the HTTP form is relative to
 */
export function retryAfterOf(header: string | undefined, date: number | undefined): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const isDate = /^[A-Za-z]{3}/.test(text) && date !== undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(text) - date : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs)
}
