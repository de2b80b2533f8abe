import { isApiError, isNotFound, isTransportError } from '../kube/errors.ts'
import { type Cause, Failure } from './failure.ts'
import { noNamespace } from './target.ts'

/**
 * What the API server's refusal of our own call means for the caller.
 *
 * A namespace that does not exist (404) and a refusal of the object (422) are the caller's to mend, the latter with its
 * fields; a refusal of our rights (403) is the operator's installation; everything else is that the API server cannot be
 * used now.
 */
export function upstream(error: unknown, doing: string, fieldOf: (path: string) => string = path => path): Failure {
  if (error instanceof Failure) return error
  if (isApiError(error)) {
    if (error.code === 422 || error.code === 400) {
      const causes = (error.details?.causes ?? []).map(({ field = '', message = '' }): Cause => ({
        field: fieldOf(field),
        message,
      }))
      return new Failure({
        code: 422,
        reason: 'Invalid',
        error: 'invalid_request',
        message:
          causes.length > 0 ? causes.map(({ field, message }) => `${field}: ${message}`).join('; ') : wordsOf(error),
        causes,
        cause: error,
      })
    }
    if (isNotFound(error) && error.details?.kind === 'namespaces') return noNamespace(error.details.name ?? '')
    if (error.code === 429)
      return unavailable(doing, 'it is asked to slow down', error, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000))
    if (error.code === 403)
      return new Failure({
        code: 403,
        reason: 'Forbidden',
        error: 'refused_by_api_server',
        message: `${doing} was refused by the API server: ${wordsOf(error)}`,
        cause: error,
      })
    return unavailable(doing, `it answered ${error.code}`, error)
  }
  if (isTransportError(error)) return unavailable(doing, `it gave no answer (${error.code})`, error)
  return new Failure({
    code: 500,
    reason: 'InternalError',
    error: 'internal_error',
    message: `${doing} failed; the operator's log has the details`,
    cause: error,
  })
}

function unavailable(doing: string, why: string, cause: unknown, retryAfterSeconds = 1): Failure {
  return new Failure({
    code: 503,
    reason: 'ServiceUnavailable',
    error: 'api_server_unavailable',
    message: `${doing} needs the API server, and ${why}; try again, a repeated request takes effect once`,
    retryAfterSeconds,
    cause,
  })
}

/** The API server's sentence without the request we prefix our errors with. */
function wordsOf(error: { readonly message: string; readonly request: string }): string {
  return error.message.slice(error.request.length + 2)
}

/** The object that was asked for; undefined when there is none. @throws Failure when the API server cannot be asked */
export async function found<T>(asked: Promise<T>, signal: AbortSignal, doing: string): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    signal.throwIfAborted()
    if (isNotFound(error)) return undefined
    throw upstream(error, doing)
  }
}
