import type { Dispatcher } from 'undici'
import { readRefusalText } from './body.ts'
import { ApiError, TransportError } from './errors.ts'
import { readRefusal } from './refusal.ts'
import { retryAfterOf } from './retry.ts'
import type { Method } from './retry.ts'

export type HttpRequest = {
  readonly method: Method
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default `application/json`. */
  readonly contentType?: string
  readonly signal: AbortSignal
  /** Bound of the whole call, retries included; for a stream, of its opening. Default: the transport's. */
  readonly timeoutMs?: number
  /**
   * Asked at each attempt when the first byte is about to be written. What it throws keeps the request from being sent, and
   * is what the call rejects with.
   */
  readonly guard?: () => void
}

export type Response = Dispatcher.ResponseData

/** What a refusal says, read from as much of its body as is worth reading. */
export async function readApiError(name: string, response: Response, date: number | undefined): Promise<ApiError> {
  const body = readRefusal(await readRefusalText(response.body))
  const seconds = body.details?.retryAfterSeconds
  const asked =
    retryAfterOf(headerOf(response, 'retry-after'), date) ?? (seconds === undefined ? undefined : seconds * 1000)
  return new ApiError(name, response.statusCode, body, asked)
}

/** @throws TransportError `bad_response` */
export function parseJson(name: string, text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TransportError(name, 'bad_response', 'the answer is not JSON', cause)
  }
}

/** The `Date` header in epoch milliseconds. */
export function dateOf(response: Response): number | undefined {
  const date = Date.parse(headerOf(response, 'date') ?? '')
  return Number.isNaN(date) ? undefined : date
}

function headerOf(response: Response, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** How errors and logs call a request. The query is left out: continue tokens and selectors are long. */
export function nameOf(request: HttpRequest): string {
  return `${request.method} ${request.path}`
}

export function queryOf(request: HttpRequest): string {
  const given = Object.entries(request.query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export function headersOf(
  request: HttpRequest,
  credentials: Readonly<Record<string, string>>,
  userAgent: string,
): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    ...credentials,
  }
}
