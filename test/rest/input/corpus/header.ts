import { type Case, GOOD, PLAN_PATH, RECOVER } from './case.ts'

const write = { method: 'POST', path: RECOVER, body: GOOD } as const
const read = { method: 'GET', path: PLAN_PATH } as const
/** Node writes headers before text as UTF-8, before bytes as they are. */
const BYTES = { body: undefined, raw: Buffer.from(JSON.stringify(GOOD)) } as const
const bad = { status: 400, error: 'bad_header' } as const

const LONG = /must be UTF-8 text of at most 256 characters/

const ACCEPTS = [
  'text/html',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;q=0',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json;as=Picture;v=v1;g=meta.k8s.io',
  'json',
  ',',
  ';q=1',
] as const

const TAGS = ['x', '""', '"unfinished', 'W/', ',,,', '"a" "b"', '\u00e9', `"${'x'.repeat(4_000)}"`] as const

/** What a request says of itself. */
export const HEADERS: readonly Case[] = [
  ...ACCEPTS.map(accept => ({
    ...read,
    title: `Accept: ${accept}`,
    headers: { accept },
    status: 406,
    error: 'not_acceptable',
    says: /answers are application\/json; accept it, or leave the Accept header out/,
  })),
  {
    ...write,
    title: 'a write for who takes no JSON',
    headers: { accept: 'text/html' },
    status: 406,
    error: 'not_acceptable',
    says: /accept it/,
  },
  {
    ...read,
    title: 'Accept with a weight that is none',
    headers: { accept: '*/*;q=high, application/json' },
    status: 200,
  },
  { ...read, title: 'Accept 100 times over', headers: { accept: 'text/html,'.repeat(100) + '*/*' }, status: 200 },
  ...TAGS.map(tag => ({
    ...read,
    title: `If-None-Match: ${tag.slice(0, 20)}`,
    headers: { 'if-none-match': tag },
    status: 200,
  })),
  { ...read, title: 'If-None-Match: *', headers: { 'if-none-match': '*' }, status: 304 },
  {
    ...read,
    ...bad,
    title: 'If-Match',
    headers: { 'if-match': '"x"' },
    says: /the header if-match is not served; a cancellation takes preconditions/,
  },
  { ...write, ...bad, title: 'a write with If-Match', headers: { 'if-match': '*' }, says: /if-match is not served/ },
  {
    ...bad,
    method: 'DELETE',
    path: `${PLAN_PATH}?dryRun=All`,
    title: 'delete with If-Unmodified-Since',
    headers: { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    says: /if-unmodified-since is not served; .*preconditions.resourceVersion/,
  },
  {
    ...write,
    ...bad,
    title: 'an Idempotency-Key of 257 characters',
    headers: { 'idempotency-key': 'k'.repeat(257) },
    says: LONG,
  },
  {
    ...write,
    ...bad,
    title: 'an Idempotency-Key that is no UTF-8',
    headers: { 'idempotency-key': '\u00ff' },
    ...BYTES,
    says: LONG,
  },
  { ...write, ...bad, title: 'an Idempotency-Key with a tab', headers: { 'idempotency-key': 'a\tb' }, says: LONG },
  {
    ...write,
    ...bad,
    title: 'two Idempotency-Keys',
    headers: { 'idempotency-key': ['a', 'b'] },
    says: /idempotency-key is given more than once; send it once/,
  },
  {
    ...write,
    ...bad,
    title: 'an Idempotency-Key of blanks',
    headers: { 'idempotency-key': '  ' },
    says: /idempotency-key is empty: give it a value, or leave it out/,
  },
  {
    ...write,
    title: 'an Idempotency-Key of 256 characters',
    headers: { 'idempotency-key': 'k'.repeat(256) },
    status: 200,
  },
  {
    ...write,
    ...bad,
    title: 'an X-Autonomy-Operator of 257 characters',
    headers: { 'x-autonomy-operator': 'o'.repeat(257) },
    says: LONG,
  },
  {
    ...write,
    ...bad,
    title: 'an X-Autonomy-Operator of 8,000',
    headers: { 'x-autonomy-operator': 'o'.repeat(8_000) },
    says: LONG,
  },
  {
    ...write,
    ...bad,
    title: 'an X-Autonomy-Operator that is no UTF-8',
    headers: { 'x-autonomy-operator': 'a\u0080' },
    ...BYTES,
    says: LONG,
  },
  {
    ...write,
    ...bad,
    title: 'two X-Autonomy-Operators',
    headers: { 'x-autonomy-operator': ['alice', 'root'] },
    says: /x-autonomy-operator is given more than once/,
  },
  {
    ...write,
    ...bad,
    title: 'two Content-Types',
    headers: { 'content-type': ['application/json', 'text/plain'] },
    says: /content-type is given more than once/,
  },
  { ...write, title: 'another method in a header', headers: { 'x-http-method-override': 'DELETE' }, status: 200 },
  { ...write, title: 'an Origin, of which nothing is said', headers: { origin: 'https://evil.example' }, status: 200 },
  { ...read, title: 'a part of the answer', headers: { range: 'bytes=0-1' }, status: 200 },
  {
    ...read,
    title: 'an expectation that nobody knows',
    headers: { expect: 'the-unexpected' },
    status: 200,
    directOnly: true,
  },
  {
    ...read,
    title: 'another protocol',
    headers: { upgrade: 'h2c', connection: 'upgrade' },
    status: 200,
    directOnly: true,
  },
  { ...read, title: 'a name of the request that is a program', headers: { 'audit-id': '$(reboot)' }, status: 200 },
  { ...read, title: 'headers of 100 KiB', headers: { 'x-padding': 'x'.repeat(100 * 1024) }, status: 200 },
  {
    ...read,
    title: 'headers of 200 KiB',
    headers: { 'x-padding': 'x'.repeat(200 * 1024) },
    status: 431,
    error: 'headers_too_large',
    says: /headers are larger than 128 KiB; send fewer/,
    directOnly: true,
  },
  {
    ...read,
    title: 'impersonation behind 3,000 other headers',
    headers: {
      ...Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`x-${n}`, 'y'])),
      'impersonate-user': 'root',
    },
    status: 403,
    error: 'impersonation_refused',
    says: /impersonate through the API server/,
    directOnly: true,
  },
  {
    ...read,
    title: 'two Authorizations',
    headers: { authorization: ['Bearer a', 'Bearer b'] },
    ...bad,
    says: /authorization is given more than once/,
    directOnly: true,
  },
  ...['Bearer', 'Bearer a b', 'Basic YTpi', 'bearer', 'Bearer \u00e9', `Bearer ${'a'.repeat(17_000)}`].map(
    authorization => ({
      ...read,
      title: `Authorization: ${authorization.slice(0, 20)}`,
      headers: { authorization },
      status: 401,
      error: 'unauthorized',
      says: /must be "Bearer TOKEN"; kubectl create token/,
      directOnly: true as const,
    }),
  ),
]
