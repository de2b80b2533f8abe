import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { LARGEST_BODY } from './body.ts'
import { connections } from './connection.ts'
import { answerGarbage } from './garbage.ts'

export type ServerOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Lets several replicas on one machine share a port (SO_REUSEPORT); for local clusters and tests. */
  readonly reusePort?: boolean
  /** Certificate and key as PEM, and the front-proxy CAs whose certificates are asked for. */
  readonly tls: () => Pick<SecureContextOptions, 'cert' | 'key' | 'ca'>
  /** Calls back when `tls()` gives something new; the function returned ends that. */
  readonly onTlsChange: (changed: () => void) => () => void
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

export type RestServer = {
  readonly address: { readonly host: string; readonly port: number }
  /** Lets requests in flight end first. */
  readonly close: () => Promise<void>
}

/**
 * Limits of the listener, in milliseconds.
 *
 * kube-apiserver keeps idle connections to us for 90 s and does not repeat a POST that met one being closed, so ours
 * must live longer. A user's groups come as headers: Node's 16 KiB are too few.
 */
const LIMITS = {
  keepAliveTimeout: 130_000,
  headersTimeout: 30_000,
  requestTimeout: 70_000,
  maxHeaderSize: 128 * 1024,
  connectionsCheckingInterval: 5_000,
  handshakeTimeout: 10_000,
  // Refused by us, in the shape of all errors.
  requireHostHeader: false,
} as const
const MOST_CONNECTIONS = 2_000

/** Serves HTTPS. Everything that `handle` needs must be ready before: an aggregated server must never answer 404 at first. */
export async function startRestServer(options: ServerOptions): Promise<RestServer> {
  const { host, port, clock, log } = options
  const context = (): SecureContextOptions => ({ ...options.tls(), minVersion: 'TLSv1.2' })
  const server = createServer(
    { ...context(), ...LIMITS, requestCert: true, rejectUnauthorized: false },
    (request, response) => void options.handle(request, response),
  )
  server.maxConnections = MOST_CONNECTIONS
  // Node would leave out what is beyond a number of headers, and the one that counts may be there; bytes are bounded.
  server.maxHeadersCount = 0
  const live = connections(server, clock)
  server.prependListener('request', live.age)
  answerGarbage(server, clock)
  // What is too large is refused by the length it has announced, and not asked to come first.
  server.on('checkContinue', (request, response) => {
    if (Number(request.headers['content-length'] ?? 0) <= LARGEST_BODY) response.writeContinue()
    server.emit('request', request, response)
  })
  // Any other expectation may be ignored (RFC 9110 §10.1.1); Node's own answer has no body.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response))
  server.on('tlsClientError', (error: Error) => log.debug('a TLS handshake failed', { error }))
  await listen(server, { host, port, ...(options.reusePort ? { reusePort: true } : {}) })
  server.on('error', error => log.error('the REST listener failed', { error }))
  const unsubscribe = options.onTlsChange(() => {
    try {
      server.setSecureContext(context())
      log.info('serving with a new certificate or CA')
    } catch (error) {
      log.error('a new certificate cannot be used; the one before stays', { error })
    }
  })
  return {
    address: { host, port: (server.address() as AddressInfo).port },
    close: async () => {
      unsubscribe()
      await live.close()
    },
  }
}

async function listen(server: Server, where: { readonly host: string; readonly port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(where, resolve)
  await promise
  server.off('error', reject)
}
