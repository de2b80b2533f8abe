import type { IncomingMessage } from 'node:http'
import { abortable } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import { Failure } from './failure.ts'
import { ambiguity, depthFlaw, position } from './json.ts'
import { printable } from './path.ts'

/** Bytes of the largest body accepted: a plan of 32 stages with every field at its longest is about half of it. */
export const LARGEST_BODY = 64 * 1024

/** Bytes of a body that is too large which are read all the same, so that the answer reaches its sender. */
const LARGEST_DISCARDED = 16 * 1024 * 1024

/** So long a body may take to come, in milliseconds. */
const SLOWEST_BODY = 20_000

/**
 * Reads a JSON body; undefined when there is none.
 *
 * @throws Failure 408, 413, 415 or 400 that names what is wrong
 */
export async function readBody(request: IncomingMessage, signal: AbortSignal, clock: Clock): Promise<unknown> {
  const bytes = await bytesOf(request, signal, clock)
  if (bytes.length === 0) return undefined
  checkType(request)
  return parse(bytes)
}

/**
 * All of it, in time: a caller who sends nothing more must not hold the request for as long as it may take.
 *
 * What is too large is read to its end and thrown away, up to a bound: an answer before it, and the end of the
 * connection, would meet a client that is still writing and reads nothing; kube-apiserver makes a 503 of that.
 */
async function bytesOf(request: IncomingMessage, signal: AbortSignal, clock: Clock): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  const awaited = request.headers.expect !== undefined
  if (announced > LARGEST_DISCARDED || (announced > LARGEST_BODY && awaited)) throw tooLarge('unread')
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer) => {
    size += chunk.length
    if (size > LARGEST_DISCARDED) reject(tooLarge('unread'))
    else if (size <= LARGEST_BODY) chunks.push(chunk)
    else chunks.length = 0
  }
  const end = () => (size > LARGEST_BODY ? reject(tooLarge('read')) : resolve(Buffer.concat(chunks)))
  const cut = (error?: unknown) =>
    reject(bad('body_incomplete', 'the connection ended before the whole body had come; send it again', error))
  request.on('data', take).once('end', end).once('error', cut).once('close', cut)
  const cancel = clock.timer(SLOWEST_BODY, () => reject(tooSlow()))
  try {
    return await abortable(promise, signal)
  } finally {
    cancel()
    request.off('data', take).off('end', end).off('close', cut)
  }
}

function checkType(request: IncomingMessage): void {
  const transfer = request.headers['transfer-encoding']
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked')
    throw new Failure({
      code: 415,
      reason: 'UnsupportedMediaType',
      error: 'unsupported_media_type',
      message: `the body must not be encoded on its way: send "Transfer-Encoding: chunked" or a length, not "${printable(transfer)}"`,
      causes: [{ field: 'Transfer-Encoding', message: 'must be chunked or left out' }],
    })
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Failure({
      code: 415,
      reason: 'UnsupportedMediaType',
      error: 'unsupported_media_type',
      message: `the body must not be compressed: leave the header "Content-Encoding: ${printable(encoding)}" out`,
      causes: [{ field: 'Content-Encoding', message: 'must be left out' }],
    })
  const { 'content-type': type, origin } = request.headers
  // kubectl create --raw says no type, and kube-apiserver takes that for JSON. So may a form of a foreign web page,
  // to which a browser adds the user's client certificate: it says its origin, too.
  if (type === undefined && origin === undefined) return
  const [essence = '', ...parameters] = (type ?? '')
    .toLowerCase()
    .split(';')
    .map(part => part.trim())
  const charset = parameters.find(parameter => parameter.startsWith('charset='))?.slice('charset='.length)
  if (essence === 'application/json' && (charset === undefined || /^"?utf-?8"?$/.test(charset))) return
  throw new Failure({
    code: 415,
    reason: 'UnsupportedMediaType',
    error: 'unsupported_media_type',
    message: `the body must be JSON in UTF-8: send the header "Content-Type: application/json"${type === undefined ? '' : `, not "${type.slice(0, 100)}"`}`,
    causes: [{ field: 'Content-Type', message: 'must be application/json' }],
  })
}

function parse(bytes: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (error) {
    throw bad('malformed_json', 'the body is not UTF-8; encode it so', error)
  }
  refuse(depthFlaw(text))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw bad('malformed_json', `the body is not JSON: ${where(text, error)}`, error)
  }
  refuse(ambiguity(text))
  return value
}

function refuse(flaw: string | undefined): void {
  if (flaw !== undefined) throw bad('malformed_json', `the body ${flaw}`)
}

/** V8 names the position in words that change between versions; what it cannot say is said without. */
function where(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const at = /position (\d+)/.exec(message)?.[1]
  const token = /Unexpected token '(.{1,2})'/su.exec(message)?.[1]
  if (at === undefined && token !== undefined) return `"${printable(token)}" stands where it cannot`
  if (at === undefined) return message.includes('end of JSON') ? 'it ends too early' : 'it is no JSON value'
  return position(text, Number(at))
}

function bad(error: string, message: string, cause?: unknown): Failure {
  return new Failure({ code: 400, reason: 'BadRequest', error, message, causes: [{ field: 'body', message }], cause })
}

function tooSlow(): Failure {
  return new Failure({
    code: 408,
    reason: 'Timeout',
    error: 'request_too_slow',
    message: `the body had not come within ${SLOWEST_BODY / 1000} s; send it again, at once`,
    headers: { connection: 'close' },
  })
}

function tooLarge(rest: 'read' | 'unread'): Failure {
  return new Failure({
    code: 413,
    reason: 'RequestEntityTooLarge',
    error: 'body_too_large',
    message: `the body is larger than ${LARGEST_BODY / 1024} KiB; a plan with every field at its longest is about half of that`,
    // What is still coming is not read, so that the connection is of no further use.
    ...(rest === 'unread' ? { headers: { connection: 'close' } } : {}),
  })
}
