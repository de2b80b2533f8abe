import { errors } from 'undici'
import { TransportError } from './errors.ts'
import type { TransportErrorCode } from './errors.ts'

const codes: Readonly<Record<string, TransportErrorCode>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
}

/** OpenSSL's verification results, as Node names them, beside its own ERR_TLS_ and ERR_SSL_ families. */
const certificateCode =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/

/** What undici, Node's sockets or its TLS reported, as a `TransportError` whose code says what can be concluded. */
export function transportFailure(request: string, error: unknown): TransportError {
  if (error instanceof TransportError) return error
  const message = error instanceof Error ? error.message || error.name : String(error)
  return new TransportError(request, classify(error), message, error)
}

function classify(error: unknown, depth = 0): TransportErrorCode {
  if (!(error instanceof Error) || depth > 5) return 'network'
  if (error instanceof errors.HTTPParserError) return 'bad_response'
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') {
    const known = codes[code]
    if (known !== undefined) return known
    if (certificateCode.test(code)) return 'tls'
  }
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return classify(inner, depth + 1)
}
