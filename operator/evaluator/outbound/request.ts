import type { Agent, Dispatcher } from 'undici'
import { readAll } from '../../kube/body.ts'
import { startDeadline } from '../../kube/deadline.ts'
import { retryAfterOf } from '../../kube/retry.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type OutboundFailure, failureOf } from './failure.ts'

export type OutboundRequest = {
  readonly agent: Agent
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  /** Longest answer that is read, in bytes. */
  readonly limit: number
}

/** What came back, or why nothing usable did. */
export type Outcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly contentType?: string
      readonly text: string
      readonly retryAfterMs?: number
    }
  | OutboundFailure

/**
 * POSTs a body to a service outside, once, within a bound of time and size. Redirects are answers like others and are not
 * followed.
 *
 * @throws only the reason of `signal`
 */
export async function send(request: OutboundRequest, clock: Clock, signal: AbortSignal): Promise<Outcome> {
  const { agent, url, headers, body, timeoutMs, limit } = request
  using deadline = startDeadline(clock, signal, timeoutMs)
  let answer: Dispatcher.ResponseData | undefined
  try {
    answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { 'user-agent': 'autonomy-rollouts', accept: 'application/json', ...headers },
      body,
      signal: deadline.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    // Destroying a body that was not read to its end emits an error on it; without a listener that ends the process.
    answer.body.on('error', () => {})
    const text = await readAll(url.host, answer.body, limit)
    const asked = retryAfterOf(headerOf(answer, 'retry-after'), undefined)
    const contentType = headerOf(answer, 'content-type')
    return {
      kind: 'answer',
      status: answer.statusCode,
      ...(contentType === undefined ? {} : { contentType }),
      text,
      ...(asked === undefined ? {} : { retryAfterMs: asked }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return failureOf(error, deadline.expired(), timeoutMs, limit)
  }
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
