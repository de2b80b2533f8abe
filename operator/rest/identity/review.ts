import { isTransportError } from '../../kube/errors.ts'
import type { Transport } from '../../kube/transport.ts'
import { Failure } from '../failure.ts'

/** A review is a question, so it may be asked again when its answer was lost. */
const TRIES = 2
const WITHIN = 10_000

export type Review = (body: object) => Promise<unknown>

/**
 * Asks the API server a TokenReview or SubjectAccessReview, and answers its `status`.
 *
 * At most `most` questions wait at a time. Whoever has no credential at all can make us ask about made-up tokens; such
 * questions must neither pile up nor stand in the way of others, so each kind has a bound of its own.
 *
 * @param path of the kind of review
 * @throws Failure 503: who cannot be verified is not let in; 429 when too many questions wait
 */
export function reviewer(
  transport: Pick<Transport, 'request'>,
  path: string,
  most: number,
  signal: AbortSignal,
): Review {
  let waiting = 0
  const ask = async (body: object): Promise<unknown> => {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await transport.request({ method: 'POST', path, body, signal, timeoutMs: WITHIN })
        return (answer as { readonly status?: unknown } | undefined)?.status
      } catch (error) {
        signal.throwIfAborted()
        if (tries < TRIES && isTransportError(error)) continue
        throw new Failure({
          code: 503,
          reason: 'ServiceUnavailable',
          error: 'identity_unavailable',
          message: 'the API server cannot be asked who you are and what you may do, so nothing is allowed; try again',
          retryAfterSeconds: 2,
          cause: error,
        })
      }
    }
  }
  return async body => {
    if (waiting >= most)
      throw new Failure({
        code: 429,
        reason: 'TooManyRequests',
        error: 'too_many_requests',
        message: `${most} callers wait to be verified at this moment; come back in a second`,
        retryAfterSeconds: 1,
      })
    waiting += 1
    try {
      return await ask(body)
    } finally {
      waiting -= 1
    }
  }
}
