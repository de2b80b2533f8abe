import { transportFailure } from '../../kube/failure.ts'
import { AddressRefusedError } from './resolver.ts'

/** No usable answer came. */
export type OutboundFailure = {
  readonly kind: 'failure'
  /** For people, the rest of a sentence that begins with what was asked. */
  readonly why: string
  readonly timedOut: boolean
  /** The connection broke, or none came about: what is sent again may get through. */
  readonly broken: boolean
}

const CERTIFICATES: { readonly [code: string]: string } = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

/**
 * Why a request has failed, in words that say what to look at. What the other side sent is not among them: a plan's
 * author could have the operator read aloud what only the operator can reach.
 */
export function failureOf(error: unknown, expired: boolean, timeoutMs: number, limit: number): OutboundFailure {
  const refused = causeOf(error, AddressRefusedError)
  if (refused) return { kind: 'failure', why: refused.message, timedOut: false, broken: false }
  const { code } = transportFailure('', error)
  if (expired || code === 'timeout')
    return { kind: 'failure', why: `no answer within ${timeoutMs / 1000} s`, timedOut: true, broken: false }
  const broken = code === 'reset' || code === 'connection_refused'
  return { kind: 'failure', why: wordsOf(code, error, limit), timedOut: false, broken }
}

function wordsOf(code: ReturnType<typeof transportFailure>['code'], error: unknown, limit: number): string {
  switch (code) {
    case 'connection_refused':
      return 'connection refused'
    case 'dns':
      return 'there is no such host'
    case 'tls': {
      const reason = codeOf(error)
      return CERTIFICATES[reason] ?? `its certificate is not trusted (${reason})`
    }
    case 'reset':
      return 'the connection broke'
    case 'too_large':
      return `the answer is longer than ${limit / 1024} KiB`
    case 'bad_response':
      return 'the answer is not HTTP'
    case 'closed':
      return 'the operator is stopping'
    case 'credentials':
    case 'network':
    case 'timeout':
      return 'no connection'
  }
}

function codeOf(error: unknown): string {
  for (let inner: unknown = error, depth = 0; inner instanceof Error && depth < 6; inner = inner.cause, depth += 1)
    if ('code' in inner && typeof inner.code === 'string') return inner.code
  return 'unknown'
}

function causeOf<T extends Error>(error: unknown, kind: new (...args: never[]) => T): T | undefined {
  let inner: unknown = error
  for (let depth = 0; inner instanceof Error && depth < 6; depth += 1) {
    if (inner instanceof kind) return inner
    inner = inner instanceof AggregateError ? inner.errors[0] : inner.cause
  }
  return undefined
}
