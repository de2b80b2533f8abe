import { isTransportError } from '../../kube/errors.ts'
import type { Transport } from '../../kube/transport.ts'
import { Failure } from '../failure.ts'

/** A review is a question, so it may be asked again when its answer was lost. */
const TRIES = 2
const WITHIN = 10_000

export type Review = (path: string, body: object) => Promise<unknown>

/**
 * Asks the API server a TokenReview or SubjectAccessReview, and answers its `status`.
 *
 * @throws Failure 503: who cannot be verified is not let in
 */
export function reviewer(transport: Pick<Transport, 'request'>, signal: AbortSignal): Review {
  return async (path, body) => {
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
}
