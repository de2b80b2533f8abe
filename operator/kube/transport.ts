import { abortable } from '../runtime/abort.ts'
import type { Clock, Exchange } from '../runtime/clock.ts'
import { readAll } from './body.ts'
import type { Body } from './body.ts'
import type { ClusterConfig, Credentials } from './config.ts'
import { createConnections } from './connections.ts'
import type { Purpose } from './connections.ts'
import { startDeadline } from './deadline.ts'
import type { Deadline } from './deadline.ts'
import { ApiError, TransportError } from './errors.ts'
import { transportFailure } from './failure.ts'
import { WithheldError, guarded } from './guard.ts'
import { dateOf, headersOf, nameOf, parseJson, queryOf, readApiError } from './http.ts'
import type { HttpRequest } from './http.ts'
import { decideRetry } from './retry.ts'
import type { Attempts, Method } from './retry.ts'

/**
 * HTTP to the API server: authentication, deadlines, the retry policy of `decideRetry`, and errors with codes.
 *
 * Rejects with `ApiError` (an answer other than 2xx), `TransportError` (no usable answer), the reason of the caller's
 * signal, or what the request's guard threw.
 */
export type Transport = {
  /** The parsed JSON of the answer; `undefined` when it was empty. */
  request(request: HttpRequest): Promise<unknown>
  /**
   * Opens a stream and gives its bytes as they come. Ends when the server ends it; throws `TransportError` when it
   * breaks. No deadline after the opening: the reader decides how long silence may last.
   */
  stream(request: HttpRequest): Promise<AsyncGenerator<Uint8Array, void, void>>
  /** Ends every connection. What is in flight fails with `closed`. */
  close(): Promise<void>
}

export type ClientMetrics = {
  /** One answer, or one failure to get any (`code` is then `<error>`, as client-go has it). */
  requested(method: Method, code: string, seconds: number): void
}

export type TransportOptions = {
  readonly config: ClusterConfig
  readonly clock: Clock
  /** Told the `Date` of every answer: see `serverClock`. */
  readonly observe?: (exchange: Exchange) => void
  readonly metrics?: ClientMetrics
  readonly userAgent?: string
  /** Default 15 s. */
  readonly timeoutMs?: number
  /** Requests in flight at once; default 16. Watches are not counted. */
  readonly maxRequests?: number
  /** Longest answer accepted, in bytes; default 32 MiB. */
  readonly maxResponseBytes?: number
}

export function createTransport(options: TransportOptions): Transport {
  const { config, clock, timeoutMs = 15_000, maxResponseBytes = 32 * 1024 * 1024 } = options
  const connections = createConnections({
    maxRequests: options.maxRequests ?? 16,
    connectTimeoutMs: Math.min(timeoutMs, 5_000),
    headersTimeoutMs: 120_000,
  })
  const prefix = config.server.pathname.replace(/\/+$/, '')
  let closed = false

  const send = async (
    purpose: Purpose,
    request: HttpRequest,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<Body> => {
    const sentAt = clock.monotonic()
    const count = (code: string) =>
      options.metrics?.requested(request.method, code, (clock.monotonic() - sentAt) / 1000)
    const pool = connections.pool(purpose, credentials)
    const response = await (request.guard ? guarded(pool, request.guard) : pool)
      .request({
        origin: config.server.origin,
        path: prefix + request.path + queryOf(request),
        method: request.method,
        headers: headersOf(request, credentials.headers, options.userAgent ?? 'autonomy-rollouts'),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal,
      })
      .catch((error: unknown) => {
        if (!(error instanceof WithheldError)) count('<error>')
        throw error
      })
    // Destroying a body that was not read to its end emits an error on it; without a listener that ends the process.
    response.body.on('error', () => {})
    count(String(response.statusCode))
    const date = dateOf(response)
    if (date !== undefined) options.observe?.({ sentAt, receivedAt: clock.monotonic(), date })
    const accepted = response.statusCode >= 200 && response.statusCode < 300
    if (!accepted) throw await readApiError(nameOf(request), response, date)
    return response.body
  }

  /** One call under the retry policy. `finish` turns the answer into the result, under the same deadline. */
  const call = async <T>(
    purpose: Purpose,
    request: HttpRequest,
    deadline: Deadline,
    finish: (body: Body) => Promise<T>,
  ): Promise<T> => {
    let attempts: Attempts = { reauthenticated: false, reconnected: false, waits: 0 }
    for (;;) {
      const credentials = await obtain(config, request, deadline)
      if (closed) throw closedError(request)
      try {
        return await finish(await send(purpose, request, credentials, deadline.signal))
      } catch (cause) {
        if (closed) throw closedError(request, cause)
        const error = failureOf(request, cause, deadline)
        const retry = decideRetry(request.method, error, attempts, purpose === 'watch' ? 0 : deadline.leftMs())
        switch (retry.kind) {
          case 'give_up':
            throw error
          case 'reauthenticate':
            config.refuse(credentials)
            attempts = { ...attempts, reauthenticated: true }
            break
          case 'reconnect':
            attempts = { ...attempts, reconnected: true }
            await pause(clock, retry.afterMs, request, deadline)
            break
          case 'wait':
            attempts = { ...attempts, waits: attempts.waits + 1 }
            await pause(clock, retry.afterMs, request, deadline)
        }
      }
    }
  }

  return {
    request: async request => {
      using deadline = startDeadline(clock, request.signal, request.timeoutMs ?? timeoutMs)
      return await call('request', request, deadline, async body =>
        parseJson(nameOf(request), await readAll(nameOf(request), body, maxResponseBytes)),
      )
    },
    stream: async request => {
      const deadline = startDeadline(clock, request.signal, request.timeoutMs ?? timeoutMs)
      try {
        const body = await call('watch', request, deadline, body => Promise.resolve(body))
        deadline.lift()
        return chunks(request, body, deadline)
      } catch (error) {
        deadline[Symbol.dispose]()
        throw error
      }
    },
    close: async () => {
      closed = true
      await connections.destroy()
    },
  }
}

async function* chunks(request: HttpRequest, body: Body, deadline: Deadline): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) yield chunk
  } catch (error) {
    throw failureOf(request, error, deadline)
  } finally {
    body.destroy()
    deadline[Symbol.dispose]()
  }
}

/** The caller's own reason when it gave up, `timeout` when time was up, else what the failure itself says. */
function failureOf(request: HttpRequest, error: unknown, deadline: Deadline): unknown {
  if (request.signal.aborted) return request.signal.reason
  if (error instanceof WithheldError) return error.cause
  if (deadline.expired()) return new TransportError(nameOf(request), 'timeout', 'no answer in time', error)
  return error instanceof ApiError ? error : transportFailure(nameOf(request), error)
}

function closedError(request: HttpRequest, cause?: unknown): TransportError {
  return new TransportError(nameOf(request), 'closed', 'the transport is closed', cause)
}

async function obtain(config: ClusterConfig, request: HttpRequest, deadline: Deadline): Promise<Credentials> {
  try {
    return await abortable(config.credentials(), deadline.signal)
  } catch (error) {
    if (deadline.signal.aborted) throw failureOf(request, error, deadline)
    throw new TransportError(nameOf(request), 'credentials', 'there are no credentials', error)
  }
}

async function pause(clock: Clock, ms: number, request: HttpRequest, deadline: Deadline): Promise<void> {
  try {
    await clock.sleep(ms, deadline.signal)
  } catch (error) {
    throw failureOf(request, error, deadline)
  }
}
