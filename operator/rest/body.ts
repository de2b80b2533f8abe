import type { IncomingMessage } from 'node:http'
import { Failure } from './failure.ts'
import { printable } from './path.ts'

/** Bytes of the largest body accepted: a plan of 32 stages with every field at its longest is about half of it. */
export const LARGEST_BODY = 64 * 1024

/** Objects and arrays within each other. */
const DEEPEST = 16

/**
 * Reads a JSON body; undefined when there is none.
 *
 * @throws Failure 413, 415 or 400 that names what is wrong
 */
export async function readBody(request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > LARGEST_BODY) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > LARGEST_BODY) throw tooLarge()
      chunks.push(chunk)
      signal.throwIfAborted()
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    signal.throwIfAborted()
    throw bad('body_incomplete', 'the connection ended before the whole body had come', error)
  }
  if (size === 0) return undefined
  checkType(request)
  return parse(Buffer.concat(chunks))
}

function checkType(request: IncomingMessage): void {
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
    throw bad('malformed_json', 'the body is not UTF-8', error)
  }
  checkDepth(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw bad('malformed_json', `the body is not JSON: ${where(text, error)}`, error)
  }
}

/** Counted before parsing, so that no nesting is ever followed further than this. */
function checkDepth(text: string): void {
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]
    if (quoted) {
      if (char === '\\') index += 1
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') {
      depth += 1
      if (depth > DEEPEST)
        throw bad('malformed_json', `the body nests more than ${DEEPEST} levels deep, at character ${index + 1}`)
    } else if (char === '}' || char === ']') depth -= 1
  }
}

/** V8 names the position in words that change between versions; what it cannot say is said without. */
function where(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const position = /position (\d+)/.exec(message)?.[1]
  const token = /Unexpected token '(.{1,2})'/su.exec(message)?.[1]
  if (position === undefined)
    return token === undefined ? 'it ends too early' : `"${printable(token)}" stands where it cannot`
  const before = text.slice(0, Number(position))
  const line = before.split('\n').length
  return `line ${line}, column ${before.length - before.lastIndexOf('\n')}`
}

function bad(error: string, message: string, cause?: unknown): Failure {
  return new Failure({ code: 400, reason: 'BadRequest', error, message, causes: [{ field: 'body', message }], cause })
}

function tooLarge(): Failure {
  return new Failure({
    code: 413,
    reason: 'RequestEntityTooLarge',
    error: 'body_too_large',
    message: `the body is larger than ${LARGEST_BODY / 1024} KiB`,
    // What is still coming is not read.
    headers: { connection: 'close' },
  })
}
