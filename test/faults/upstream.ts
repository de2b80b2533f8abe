import { Agent, request as httpsRequest } from 'node:https'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** What the API server is told of a request, beside its body. */
export type Head = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

/** A complete answer. */
export type Answer = { readonly code: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer }

/** The API server, as a proxy speaks to it: with the caller's own headers, so with the caller's own identity. */
export type Upstream = {
  /** Sends the request on and resolves at the first byte of the answer. */
  send(incoming: Head, body: Buffer, signal?: AbortSignal): Promise<IncomingMessage>
  /** Sends the request on and resolves when the whole answer is there. */
  forward(incoming: Head, body: Buffer): Promise<Answer>
  close(): void
}

export function createUpstream(server: string, ca: string): Upstream {
  const agent = new Agent({ ca, keepAlive: true })
  const send: Upstream['send'] = async (incoming, body, signal) =>
    await new Promise((resolve, reject) => {
      const { host: _, ...headers } = incoming.headers
      const options = { method: incoming.method ?? 'GET', headers, agent, ...(signal ? { signal } : {}) }
      const outgoing = httpsRequest(`${server}${incoming.url}`, options, resolve)
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  return {
    send,
    forward: async (incoming, body) => {
      const answer = await send(incoming, body)
      return { code: answer.statusCode ?? 502, headers: passable(answer.headers), body: await readAll(answer) }
    },
    close: () => agent.destroy(),
  }
}

/** Resolves when the answer was handed to the connection, or the connection is gone. */
export async function reply(outgoing: ServerResponse, { code, headers, body }: Answer): Promise<void> {
  if (outgoing.destroyed) return
  outgoing.writeHead(code, { ...headers, 'content-length': body.length })
  await new Promise<void>(resolve => {
    outgoing.once('close', resolve)
    outgoing.end(body, resolve)
  })
}

/** Headers that speak of one connection only (RFC 9110, 7.6.1) stay behind. */
export function passable(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, ...rest } = headers
  return rest
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
