import type { TransportErrorCode } from '../../operator/kube/errors.ts'
import { OrchestratorError, type Trouble } from '../orchestrator/trouble.ts'

/**
 * What kept a request from its answer, as Node's sockets and its TLS have reported it.
 *
 * @param afterMs how long was waited, when that was the reason
 */
export async function troubleOf(
  error: unknown,
  request: string,
  address: string,
  afterMs: number | undefined,
): Promise<OrchestratorError> {
  if (error instanceof OrchestratorError) return error
  if (afterMs !== undefined)
    return new OrchestratorError({ kind: 'timeout', request, address, afterMs }, 'there was no answer in time', error)
  // Only now: the classification brings undici with it, and most requests get their answer.
  const { transportFailure } = await import('../../operator/kube/failure.ts')
  const { code, message } = transportFailure(request, error)
  const said = message.slice(request.length + 2)
  const at = { request, address }
  return new OrchestratorError(kindOf(code, at, error), said, error)
}

function kindOf(
  code: TransportErrorCode,
  at: { readonly request: string; readonly address: string },
  error: unknown,
): Trouble {
  const own = codeOf(error)
  if (own === 'ERR_PROXY_TUNNEL') return { kind: 'unreachable', ...at, code: 'proxy' }
  // OpenSSL's own protocol errors, as when the other end speaks plain HTTP.
  if (code === 'tls' || own === 'EPROTO') return { kind: 'tls', ...at, code: own ?? 'tls' }
  if (code === 'timeout') return { kind: 'timeout', ...at, afterMs: 0 }
  const known = code === 'connection_refused' || code === 'dns' || code === 'reset'
  return { kind: 'unreachable', ...at, code: known ? code : 'network' }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code === 'string') return code
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined
}
