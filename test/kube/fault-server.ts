import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ClusterConfig, Credentials } from '../../operator/kube/config.ts'

/** A request as the server saw it, its body read to the end. */
export type Seen = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (request: Seen, response: ServerResponse, socket: Socket) => void

/**
 * A server on loopback for the faults that a real API server cannot be made to produce. `answer` decides what each
 * request gets; it may leave it unanswered, or break the connection.
 */
export type FaultServer = AsyncDisposable & {
  readonly url: URL
  readonly seen: readonly Seen[]
  /** Connections accepted so far. */
  connections(): number
  /** Connections open now. */
  open(): number
  /** From the next request on. */
  answer(next: Answer): void
}

export async function startFaultServer(first: Answer, tls?: ServerOptions): Promise<FaultServer> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  let accepted = 0
  let answer = first
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const item = { method, url, headers, body: Buffer.concat(chunks).toString() }
      seen.push(item)
      answer(item, response, request.socket)
    })
    request.on('error', () => {})
  }
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  server.on('clientError', (_, socket) => socket.destroy())
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    seen,
    connections: () => accepted,
    open: () => sockets.size,
    answer: next => (answer = next),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

export const text =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body)
  }

/** Takes the request and never answers. */
export const blackhole: Answer = () => {}

/** Breaks the connection with a TCP reset. */
export const reset: Answer = (_, __, socket) => void socket.resetAndDestroy()

export const status = (code: number, reason: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `${reason} it is` }, headers)

/** One answer after the other; the last one for good. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let turn = 0
  return (request, response, socket) => {
    const answer = answers[Math.min(turn, answers.length - 1)]
    turn += 1
    answer?.(request, response, socket)
  }
}

export type FakeConfig = ClusterConfig & {
  readonly refused: Credentials[]
  use(credentials: Partial<Credentials>): void
}

/** A configuration whose credentials the test hands out. */
export function fakeConfig(server: URL, initial: Partial<Credentials> = {}): FakeConfig {
  const refused: Credentials[] = []
  let credentials: Credentials = { headers: {}, tls: {}, tlsKey: '', ...initial }
  return {
    server,
    refused,
    credentials: () => Promise.resolve(credentials),
    refuse: these => void refused.push(these),
    use: next => (credentials = { ...credentials, ...next }),
  }
}
