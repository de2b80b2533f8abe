import { Agent, request as httpsRequest } from 'node:https'
import type { Identity } from './certificate.ts'
import { clusterError } from './error.ts'

export interface Answer {
  readonly status: number
  /** Parsed when it is JSON, the text otherwise. */
  readonly body: unknown
}

export interface RequestOptions {
  /** Default `application/json`; name the patch type for a PATCH. */
  readonly contentType?: string
  readonly signal?: AbortSignal | undefined
  /** From the call to the complete answer, in milliseconds; default 10,000. */
  readonly timeoutMs?: number
}

/** A minimal client with the rights of `system:masters`, for what the harness itself has to ask. */
export interface AdminClient {
  /**
   * Answers any status; rejects with `request_failed` when there is no complete answer.
   *
   * @param path  from the root, with its query: `/api/v1/nodes?limit=1`
   */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  close(): void
}

export function adminClient(server: string, caPem: string, identity: Identity): AdminClient {
  const agent = new Agent({
    ca: caPem,
    cert: identity.certificatePem,
    key: identity.keyPem,
    keepAlive: true,
    maxSockets: 16,
  })
  return {
    async request(method, path, body, options = {}) {
      const limit = AbortSignal.timeout(options.timeoutMs ?? 10_000)
      const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
      }
      try {
        return await new Promise<Answer>((resolve, reject) => {
          const outgoing = httpsRequest(`${server}${path}`, { method, agent, headers, signal }, incoming => {
            const chunks: Buffer[] = []
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
            incoming.once('error', reject)
            incoming.once('end', () =>
              resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) }),
            )
          })
          outgoing.once('error', reject)
          outgoing.end(text)
        })
      } catch (error) {
        options.signal?.throwIfAborted()
        throw clusterError('request_failed', `${method} ${path}: no answer from ${server}`, error)
      }
    },
    close: () => agent.destroy(),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

/** Passes the body on when the status is 2xx, and rejects with the API server's own words otherwise. */
export function expectSuccess(what: string, answer: Answer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body
  throw clusterError('request_failed', `${what}: HTTP ${answer.status} ${messageOf(answer.body)}`)
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  return typeof body === 'string' ? body : ''
}
