import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { Credentials, TlsMaterial } from './config.ts'

/** Requests and watches never share a connection: HTTP/1.1 watches hold theirs for minutes. */
export type Purpose = 'request' | 'watch'

export type Connections = {
  /** The pool for these credentials. Pools live until the TLS material changes, whatever becomes of the token. */
  pool(purpose: Purpose, credentials: Credentials): Dispatcher
  /** Ends every connection at once, with what is in flight on it. */
  destroy(): Promise<void>
}

export type ConnectionOptions = {
  /** Requests in flight at once; more of them wait, within their deadlines. */
  readonly maxRequests: number
  /** Bound for a TCP and TLS handshake. */
  readonly connectTimeoutMs: number
  /** Bound from sending a request to its answer's headers; a backstop behind the request's own deadline. */
  readonly headersTimeoutMs: number
}

const keepAliveMs = 30_000

/**
 * HTTP/1.1 only. Over HTTP/2 undici keeps a session whose peer vanished, and every later request on it times out with
 * the first; over HTTP/1.1 only the one request is lost. See also nodejs/undici#3140 and #5089 (GOAWAY).
 */
export function createConnections(options: ConnectionOptions): Connections {
  const open = new Map<Purpose, { readonly tlsKey: string; readonly agent: Agent }>()
  const retired = new Set<Agent>()

  const retire = (agent: Agent): void => {
    retired.add(agent)
    // Lets what is in flight end by itself; destroy() ends it if it does not.
    agent.close().then(
      () => retired.delete(agent),
      () => retired.delete(agent),
    )
  }

  return {
    pool: (purpose, { tls, tlsKey }) => {
      const present = open.get(purpose)
      if (present?.tlsKey === tlsKey) return present.agent
      const agent = createAgent(purpose, tls, options)
      open.set(purpose, { tlsKey, agent })
      if (present !== undefined) retire(present.agent)
      return agent
    },
    destroy: async () => {
      const agents = [...[...open.values()].map(({ agent }) => agent), ...retired]
      open.clear()
      await Promise.all(agents.map(agent => agent.destroy()))
    },
  }
}

function createAgent(purpose: Purpose, tls: TlsMaterial, options: ConnectionOptions): Agent {
  return new Agent({
    allowH2: false,
    connections: purpose === 'request' ? options.maxRequests : null,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: options.headersTimeoutMs,
    // A watch may be silent for longer than any fixed bound; its reader has an idle limit of its own.
    bodyTimeout: purpose === 'request' ? options.headersTimeoutMs : 0,
    connect: {
      ...tls,
      allowH2: false,
      timeout: options.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    },
  })
}
