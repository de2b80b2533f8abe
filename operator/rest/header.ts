import type { IncomingMessage } from 'node:http'
import { Failure } from './failure.ts'

/** Headers that mean one thing: of two, Node takes the first, and what stands between it and the caller may not. */
const SINGULAR = new Set([
  'authorization',
  'content-encoding',
  'content-type',
  'host',
  'idempotency-key',
  'x-autonomy-operator',
])

/** Conditions that are not looked at here: to ignore one would do what the caller asked not to be done. */
const UNMET = ['if-match', 'if-unmodified-since'] as const

/** @throws Failure 400 for headers that can be read in two ways, or that would have to be obeyed */
export function checkHeaders(request: IncomingMessage): void {
  const { rawHeaders, httpVersion, headers } = request
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (!SINGULAR.has(name)) continue
    if (seen.has(name)) throw badHeader(name, 'is given more than once; send it once')
    seen.add(name)
  }
  // RFC 9112 §3.2. Node's own answer to this has no body.
  if (httpVersion === '1.1' && headers.host === undefined) throw badHeader('host', 'is missing; HTTP/1.1 wants it')
  const unmet = UNMET.find(name => headers[name] !== undefined)
  if (unmet !== undefined)
    throw badHeader(unmet, 'is not served; a cancellation takes preconditions.resourceVersion in its body')
}

/** What a header says, read as UTF-8. @throws Failure 400 for text that is too long, empty, or no text */
export function headerText(name: string, latin1: string): string {
  if (latin1 === '') throw badHeader(name, 'is empty: give it a value, or leave it out')
  const decoded = Buffer.from(latin1, 'latin1').toString('utf8')
  // eslint-disable-next-line no-control-regex
  if (decoded.length <= 256 && !/[\u0000-\u001f\u007f-\u009f\ufffd]/.test(decoded)) return decoded
  throw badHeader(name, 'must be UTF-8 text of at most 256 characters, none of them a control character')
}

function badHeader(name: string, what: string): Failure {
  return new Failure({
    code: 400,
    reason: 'BadRequest',
    error: 'bad_header',
    message: `the header ${name} ${what}`,
    causes: [{ field: name, message: what }],
  })
}
