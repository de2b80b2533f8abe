import { type IncomingMessage, STATUS_CODES, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { type StatusReason, statusOf } from './failure.ts'

type Refusal = {
  readonly code: number
  readonly reason: StatusReason
  readonly error: string
  readonly message: string
  readonly allow?: string
}

/** By the error that Node's parser ends with. */
const REFUSALS: { readonly [code: string]: Refusal } = {
  HPE_HEADER_OVERFLOW: {
    code: 431,
    reason: 'BadRequest',
    error: 'headers_too_large',
    message: 'the headers are larger than 128 KiB; send fewer',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 408,
    reason: 'Timeout',
    error: 'request_too_slow',
    message: 'the request took too long to arrive; send it again, at once',
  },
  HPE_INVALID_EOF_STATE: {
    code: 400,
    reason: 'BadRequest',
    error: 'request_incomplete',
    message: 'the connection ended before the whole request had come; send it again',
  },
}

const MALFORMED: Refusal = {
  code: 400,
  reason: 'BadRequest',
  error: 'malformed_http',
  message: 'this is not an HTTP/1.1 request that can be read in one way only; see that nothing rewrites it on its way',
}

const TUNNEL: Refusal = {
  code: 405,
  reason: 'MethodNotAllowed',
  error: 'method_not_allowed',
  message: 'CONNECT is not served: this is no proxy',
  allow: 'GET, HEAD, POST, DELETE',
}

/**
 * So long a connection is read and nothing is made of it after its last answer, in milliseconds. Closed at once, with
 * bytes unread, TCP would reset it, and the answer with it.
 */
const LINGER = 2_000

type Latest = { readonly request: IncomingMessage; readonly response: ServerResponse }

/**
 * Answers what never becomes a request, in the shape of all errors, and ends its connection.
 *
 * Requests that came whole before it are answered first: an answer out of turn would be taken for theirs.
 */
export function answerGarbage(server: Server, clock: Clock): void {
  const latest = new WeakMap<Socket, Latest>()
  const turned = new WeakSet<Socket>()
  server.prependListener('request', (request, response) => {
    latest.set(request.socket, { request, response })
    // Behind an upgrade that is not made, Node's parser tells no error until the next headers are complete (seen in 26.9):
    // what cannot be read would be waited for until it is too late.
    if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close')
  })
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Socket) => {
    if (error.code === 'ECONNRESET') socket.destroy()
    // The parser fails again on whatever else comes.
    if (turned.has(socket) || socket.destroyed) return
    turned.add(socket)
    const refusal = REFUSALS[error.code ?? ''] ?? MALFORMED
    const before = latest.get(socket)
    if (before?.request.complete && !before.response.writableFinished)
      before.response.once('close', () => end(socket, refusal, clock))
    else if (before && !before.request.complete && before.response.headersSent) socket.destroy()
    else end(socket, refusal, clock)
  })
  server.on('connect', (_request, socket) => end(socket as Socket, TUNNEL, clock))
}

function end(socket: Socket, refusal: Refusal, clock: Clock): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const cancel = clock.timer(LINGER, () => socket.destroy())
  socket.once('close', cancel)
  const { code, reason, error, message, allow } = refusal
  const body = JSON.stringify({ ...statusOf({ code: 400, reason, error, message }), code })
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(allow === undefined ? [] : [`Allow: ${allow}`]),
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
