import type { ServerResponse } from 'node:http'
import { RELEASE } from '../release.ts'
import { type Entity, isKnown } from './entity.ts'
import { type Failure, statusOf } from './failure.ts'

/** On every answer, through every door: clients compare it with their own release. */
export const SERVER = `autonomy-rollouts/${RELEASE}`

const COMMON = {
  server: SERVER,
  'cache-control': 'no-cache, private',
  'x-content-type-options': 'nosniff',
  // Answers depend on who asks and in which form.
  vary: 'Accept, Authorization, X-Remote-User',
} as const

type Headers = { readonly [name: string]: string }

/** Answers with a document, or with 304 when the reader has it already. */
export function sendEntity(
  response: ServerResponse,
  { bytes, etag, contentType }: Entity,
  parts: {
    readonly method: string
    readonly ifNoneMatch: string | undefined
    readonly code?: number
    readonly headers?: Headers
  },
): number {
  const reads = parts.method === 'GET' || parts.method === 'HEAD'
  const tagged = reads ? { etag } : {}
  if (reads && isKnown(parts.ifNoneMatch, etag)) {
    response.writeHead(304, { ...COMMON, ...parts.headers, ...tagged })
    response.end()
    return 304
  }
  const code = parts.code ?? 200
  response.writeHead(code, {
    ...COMMON,
    ...parts.headers,
    ...tagged,
    'content-type': contentType,
    'content-length': bytes.length,
  })
  response.end(parts.method === 'HEAD' ? undefined : bytes)
  return code
}

/** Answers with an error: both a metav1.Status and an object with `error`. */
export function sendFailure(response: ServerResponse, method: string, { parts }: Failure): number {
  const bytes = Buffer.from(JSON.stringify(statusOf(parts)))
  response.writeHead(parts.code, {
    ...COMMON,
    ...(parts.retryAfterSeconds === undefined ? {} : { 'retry-after': String(parts.retryAfterSeconds) }),
    ...parts.headers,
    'content-type': 'application/json',
    'content-length': bytes.length,
  })
  response.end(method === 'HEAD' ? undefined : bytes)
  return parts.code
}

export function sendText(
  response: ServerResponse,
  code: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): number {
  response.writeHead(code, { ...COMMON, 'content-type': contentType })
  response.end(text)
  return code
}
