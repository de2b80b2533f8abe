import { isIP } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Clock } from '../../runtime/clock.ts'
import { addressRefusal, guardedLookup } from './resolver.ts'

/** What a connection is made with; nothing: the system's authorities, and no certificate of our own. */
export type TlsIdentity = { readonly ca?: string; readonly cert?: string; readonly key?: string }

export type Agents = {
  /** The pool of connections for this identity. */
  readonly agent: (identity: TlsIdentity) => Agent
  readonly close: () => Promise<void>
}

/** Connections to one host and identity at once. */
const CONNECTIONS = 8
const KEEP_ALIVE = 30_000
/** Bound of a TCP and TLS handshake, name look-up included. */
const CONNECT = 10_000
/** An identity that nobody has used for so long is let go. */
const IDLE = 300_000

/**
 * Pools of connections, one for each TLS identity: whoever has other credentials never gets a connection that somebody
 * else has authenticated. Every new connection goes through the guard, a numeric host too. No proxy, no HTTP/2.
 */
export function createAgents(clock: Clock, loopback: boolean): Agents {
  const known = new Map<string, { readonly agent: Agent; usedAt: number }>()
  const lookup = guardedLookup(loopback)

  const create = (identity: TlsIdentity): Agent => {
    const connect = buildConnector({ ...identity, lookup, timeout: CONNECT, allowH2: false })
    return new Agent({
      allowH2: false,
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE,
      keepAliveMaxTimeout: KEEP_ALIVE,
      connect: (target, done) => {
        // A numeric host is never looked up.
        const host = target.hostname.replace(/^\[|\]$/g, '')
        const refusal = isIP(host) === 0 ? undefined : addressRefusal(host, host, loopback)
        if (refusal) done(refusal, null)
        else connect(target, done)
      },
    })
  }

  const letGo = (): void => {
    for (const [key, { agent, usedAt }] of known) {
      if (clock.monotonic() - usedAt < IDLE) continue
      known.delete(key)
      void agent.close().catch(() => undefined)
    }
  }

  return {
    agent: identity => {
      letGo()
      const key = JSON.stringify([identity.ca, identity.cert, identity.key])
      const present = known.get(key) ?? { agent: create(identity), usedAt: 0 }
      known.set(key, present)
      present.usedAt = clock.monotonic()
      return present.agent
    },
    close: async () => {
      await Promise.all([...known.values()].map(({ agent }) => agent.destroy()))
      known.clear()
    },
  }
}
