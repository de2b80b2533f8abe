import { GOOD, PLAN_PATH, RECOVER } from './case.ts'

/** Bytes on a connection to the direct door, and the answers that come back before it ends. */
export type WireCase = {
  readonly title: string
  /** @param who the lines of Host and Authorization */
  readonly bytes: (who: string) => string
  /** Nothing more is sent: the connection is half closed. */
  readonly ends?: true
  readonly answers: readonly {
    readonly status: number
    readonly error?: string
    readonly says?: RegExp
  }[]
}

const PLAN = `/v1${PLAN_PATH}`
const TO = `POST /v1${RECOVER} HTTP/1.1\r\n`
const JSON_TYPE = 'Content-Type: application/json\r\n'
const BODY = JSON.stringify(GOOD)
const CHUNKED = 'Transfer-Encoding: chunked\r\n'

const get = (rest: string) => (who: string) => `GET ${PLAN} HTTP/1.1\r\n${who}${rest}\r\n`
const post = (headers: string, body: string) => (who: string) => `${TO}${who}${JSON_TYPE}${headers}\r\n${body}`
const chunk = (text: string, size = text.length.toString(16)) => `${size}\r\n${text}\r\n`

const malformed = { answers: [{ status: 400, error: 'malformed_http', says: /can be read in one way only/ }] } as const
const served = { status: 200 } as const

/** What no HTTP client would send. */
export const WIRE: readonly WireCase[] = [
  { title: 'no HTTP at all', bytes: () => 'hello\r\n\r\n', ...malformed },
  { title: 'the preface of HTTP/2', bytes: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ...malformed },
  { title: 'a version of HTTP that does not exist', bytes: who => `GET ${PLAN} HTTP/9.9\r\n${who}\r\n`, ...malformed },
  { title: 'a method that does not exist', bytes: who => `FROB ${PLAN} HTTP/1.1\r\n${who}\r\n`, ...malformed },
  { title: 'a method in small letters', bytes: who => `get ${PLAN} HTTP/1.1\r\n${who}\r\n`, ...malformed },
  { title: 'a path with a blank', bytes: who => `GET /v1/rollouts/a b HTTP/1.1\r\n${who}\r\n`, ...malformed },
  { title: 'a path with NUL', bytes: who => `GET /v1/rollouts/a\0b HTTP/1.1\r\n${who}\r\n`, ...malformed },
  { title: 'a header with NUL', bytes: get('X-A: a\0b\r\n'), ...malformed },
  { title: 'a header without a colon', bytes: get('X-A\r\n'), ...malformed },
  { title: 'a header with a blank before its colon', bytes: get('X-A : b\r\n'), ...malformed },
  { title: 'a header without a name', bytes: get(': b\r\n'), ...malformed },
  { title: 'a folded header', bytes: get('X-A: b\r\n c\r\n'), ...malformed },
  { title: 'a header that ends in CR', bytes: get('X-A: b\rX-B: c\r\n'), ...malformed },
  {
    title: 'a length and chunks',
    bytes: post(`${CHUNKED}Content-Length: 5\r\n`, `${chunk(BODY)}0\r\n\r\n`),
    ...malformed,
  },
  {
    title: 'chunks and a length',
    bytes: post(`Content-Length: 5\r\n${CHUNKED}`, `${chunk(BODY)}0\r\n\r\n`),
    ...malformed,
  },
  { title: 'two lengths', bytes: post(`Content-Length: ${BODY.length}\r\nContent-Length: 5\r\n`, BODY), ...malformed },
  { title: 'two equal lengths', bytes: post(`Content-Length: ${BODY.length}\r\n`.repeat(2), BODY), ...malformed },
  { title: 'a list of lengths', bytes: post(`Content-Length: ${BODY.length}, ${BODY.length}\r\n`, BODY), ...malformed },
  { title: 'a negative length', bytes: post('Content-Length: -1\r\n', BODY), ...malformed },
  { title: 'a length in words', bytes: post('Content-Length: ten\r\n', BODY), ...malformed },
  {
    title: 'a length beyond all bounds',
    bytes: post('Content-Length: 99999999999999999999999\r\n', BODY),
    ...malformed,
  },
  { title: 'a signed length', bytes: post(`Content-Length: +${BODY.length}\r\n`, BODY), ...malformed },
  { title: 'chunks that are not last', bytes: post('Transfer-Encoding: chunked, gzip\r\n', chunk(BODY)), ...malformed },
  { title: 'a transfer of another kind', bytes: post('Transfer-Encoding: gzip\r\n', BODY), ...malformed },
  { title: 'chunks twice', bytes: post(CHUNKED.repeat(2), `${chunk(BODY)}0\r\n\r\n`), ...malformed },
  {
    title: 'chunks behind a tab',
    bytes: post('Transfer-Encoding:\x0bchunked\r\n', `${chunk(BODY)}0\r\n\r\n`),
    ...malformed,
  },
  { title: 'a chunk whose size is no number', bytes: post(CHUNKED, 'zz\r\nhello\r\n0\r\n\r\n'), ...malformed },
  { title: 'a chunk that is longer than it says', bytes: post(CHUNKED, `${chunk(BODY, '5')}0\r\n\r\n`), ...malformed },
  { title: 'a chunk of a size beyond all bounds', bytes: post(CHUNKED, 'fffffffffffffffff\r\nx\r\n'), ...malformed },
  {
    title: 'a chunk with a line feed only',
    bytes: post(CHUNKED, `${BODY.length.toString(16)}\n${BODY}\n0\n\n`),
    ...malformed,
  },
  {
    title: 'gzip in chunks',
    bytes: post('Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n', `${chunk(BODY)}0\r\n\r\n`),
    answers: [
      { status: 415, error: 'unsupported_media_type', says: /send "Transfer-Encoding: chunked" or a length, not/ },
    ],
  },
  {
    title: 'chunks, as they should be',
    bytes: post(`${CHUNKED}Connection: close\r\n`, `${chunk(BODY.slice(0, 9))}${chunk(BODY.slice(9))}0\r\n\r\n`),
    answers: [served],
  },
  {
    title: 'chunks with a trailer that names a type',
    bytes: post(`${CHUNKED}Connection: close\r\n`, `${chunk(BODY)}0\r\nContent-Type: text/plain\r\n\r\n`),
    answers: [served],
  },
  {
    title: 'chunks of more than 64 KiB',
    bytes: post(`${CHUNKED}Connection: close\r\n`, `${chunk('x'.repeat(40_000)).repeat(2)}0\r\n\r\n`),
    answers: [{ status: 413, error: 'body_too_large', says: /larger than 64 KiB/ }],
  },
  {
    title: 'a length that is longer than the body',
    bytes: post(`Content-Length: ${BODY.length + 10}\r\n`, BODY),
    ends: true,
    answers: [
      { status: 400, error: 'request_incomplete', says: /ended before the whole request had come; send it again/ },
    ],
  },
  {
    title: 'chunks that do not end',
    bytes: post(CHUNKED, chunk(BODY)),
    ends: true,
    answers: [{ status: 400, error: 'request_incomplete', says: /send it again/ }],
  },
  {
    title: 'headers that do not end',
    bytes: get('X-A: b'),
    ends: true,
    answers: [{ status: 400, error: 'request_incomplete', says: /send it again/ }],
  },
  {
    title: 'a length that is shorter than the body',
    bytes: post('Content-Length: 10\r\n', BODY),
    answers: [
      { status: 400, error: 'malformed_json', says: /is not JSON/ },
      { status: 400, error: 'malformed_http', says: /rewrites it on its way/ },
    ],
  },
  {
    title: 'a whole request, and a request hidden in its body',
    bytes: who => post('Content-Length: 2\r\n', `{}DELETE ${PLAN} HTTP/1.1 \r\n${who}\r\n`)(who),
    answers: [
      { status: 422, error: 'invalid_request', says: /strategy is missing/ },
      { status: 400, error: 'malformed_http', says: /can be read in one way only/ },
    ],
  },
  {
    title: 'a whole request and garbage behind it',
    bytes: who => `${get('')(who)}garbage\r\n\r\n`,
    answers: [served, { status: 400, error: 'malformed_http', says: /can be read in one way only/ }],
  },
  {
    title: 'another protocol, which is not spoken, and garbage behind it',
    bytes: who => `${get('Upgrade: h2c\r\nConnection: upgrade\r\n')(who)}garbage\r\n\r\n`,
    answers: [served],
  },
  {
    title: 'three requests at once',
    bytes: who => `${get('')(who)}${get('')(who)}${get('Connection: close\r\n')(who)}`,
    answers: [served, served, served],
  },
  {
    title: 'a request after blank lines',
    bytes: who => `\r\n\r\n${get('Connection: close\r\n')(who)}`,
    answers: [served],
  },
  {
    title: 'a length of more than 64 KiB, whose body waits to be asked for',
    bytes: post('Content-Length: 1000000\r\nExpect: 100-continue\r\n', ''),
    answers: [{ status: 413, error: 'body_too_large', says: /larger than 64 KiB/ }],
  },
  {
    title: 'no Host',
    bytes: who => `GET ${PLAN} HTTP/1.1\r\n${who.split('\r\n').slice(1).join('\r\n')}Connection: close\r\n\r\n`,
    answers: [{ status: 400, error: 'bad_header', says: /the header host is missing; HTTP\/1\.1 wants it/ }],
  },
  {
    title: 'two Hosts',
    bytes: get('Host: other.example\r\nConnection: close\r\n'),
    answers: [{ status: 400, error: 'bad_header', says: /host is given more than once/ }],
  },
  {
    title: 'HTTP/1.0 without a Host',
    bytes: who => `GET ${PLAN} HTTP/1.0\r\n${who.split('\r\n').slice(1).join('\r\n')}\r\n`,
    answers: [served],
  },
  {
    title: 'a whole URL for a path',
    bytes: who => `GET https://localhost${PLAN} HTTP/1.1\r\n${who}Connection: close\r\n\r\n`,
    answers: [{ status: 400, error: 'bad_path', says: /does not start with "\/"; paths look like/ }],
  },
  {
    title: 'OPTIONS of everything',
    bytes: who => `OPTIONS * HTTP/1.1\r\n${who}Connection: close\r\n\r\n`,
    answers: [{ status: 400, error: 'bad_path', says: /does not start with "\/"/ }],
  },
  {
    title: 'a path with bytes beyond ASCII',
    bytes: who => `GET /v1/rollouts/\u00ff HTTP/1.1\r\n${who}Connection: close\r\n\r\n`,
    ...malformed,
  },
  {
    title: 'a tunnel',
    bytes: who => `CONNECT localhost:443 HTTP/1.1\r\n${who}\r\n`,
    answers: [{ status: 405, error: 'method_not_allowed', says: /CONNECT is not served: this is no proxy/ }],
  },
  {
    title: 'a fragment behind the path',
    bytes: who => `GET /v1/rollouts#x HTTP/1.1\r\n${who}Connection: close\r\n\r\n`,
    answers: [{ status: 404, error: 'path_not_found', says: /nothing at \/rollouts#x/ }],
  },
]
