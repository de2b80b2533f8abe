import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { type RequestOptions, request as httpsRequest } from 'node:https'
import { startDeadline } from '../../operator/kube/deadline.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Exchange, HttpAnswer, HttpRequest } from '../orchestrator/exchange.ts'
import type { Access, Grant } from './access.ts'
import { troubleOf } from './trouble.ts'

export type ExchangeOptions = {
  readonly origin: string
  readonly prefix: string
  readonly access: Access
  readonly headers: { readonly [name: string]: string | readonly string[] }
  readonly timeoutMs: number
  readonly clock: Clock
}

/** A fleet of ten thousand nodes is some megabytes. */
const LONGEST_ANSWER = 128 * 1024 * 1024
/** Where there is no bound of the person's, there is still one: a day. */
const LONGEST_WAIT = 86_400_000

/**
 * Requests over HTTP/1.1, with the credentials of an access.
 *
 * Repeats a request once: any one after 401, with fresh credentials, since nothing was done; a GET whose connection was
 * reset, as an idle one may be.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { origin, prefix, access, clock, timeoutMs } = options
  return async request => {
    request.signal.throwIfAborted()
    const limit = Math.min(timeoutMs, LONGEST_WAIT)
    // Not part of the request's time: a person may have to log in.
    const grant = await access.obtain()
    using deadline = startDeadline(clock, request.signal, limit)
    const ask = async (by: Grant) => await send({ ...request, signal: deadline.signal }, by, options)
    const again = async (error: unknown) => {
      if (request.method !== 'GET' || deadline.signal.aborted || !isReset(error)) throw error
      return await ask(grant)
    }
    try {
      const answer = await ask(grant).catch(again)
      if (answer.status !== 401) return answer
      access.refuse(grant)
      const renewed = await access.obtain()
      return renewed === grant ? answer : await ask(renewed)
    } catch (error) {
      request.signal.throwIfAborted()
      const name = `${request.method} ${request.path}`
      throw await troubleOf(error, name, `${origin}${prefix}`, deadline.expired() ? limit : undefined)
    }
  }
}

async function send(request: HttpRequest, grant: Grant, options: ExchangeOptions): Promise<HttpAnswer> {
  const { origin, prefix, headers } = options
  const url = new URL(origin)
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body))
  const settings: RequestOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${prefix}${request.path}${queryOf(request)}`,
    method: request.method,
    agent: grant.agent,
    ...(grant.checkServerIdentity === undefined ? {} : { checkServerIdentity: grant.checkServerIdentity }),
    signal: request.signal,
    headers: {
      accept: 'application/json',
      ...headers,
      ...request.headers,
      ...grant.headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
    } as OutgoingHttpHeaders,
  }
  const outgoing = url.protocol === 'http:' ? httpRequest(settings) : httpsRequest(settings)
  outgoing.end(body)
  return await answerOf(outgoing)
}

async function answerOf(outgoing: ClientRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  outgoing.once('response', resolve)
  outgoing.on('error', reject)
  const incoming = await promise
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`)
    chunks.push(chunk)
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const)
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    text: Buffer.concat(chunks).toString('utf8'),
  }
}

function queryOf({ query = {} }: HttpRequest): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}
