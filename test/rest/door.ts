import { Agent, request as httpsRequest } from 'node:https'
import { loadYaml } from './yaml.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { FLEET } from './ground.ts'

/** An answer, parsed where it is JSON. */
export type Answer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: unknown
}

export type Sent = {
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer
  readonly headers?: { readonly [name: string]: string | readonly string[] }
}

/** Somebody at one of the doors. Paths begin after `/v1`: `/rollouts/stuck`. */
export type Caller = {
  readonly user: string
  readonly door: 'aggregated' | 'direct'
  readonly origin: string
  readonly prefix: string
  readonly agent: Agent
  readonly headers: { readonly [name: string]: string }
  call(method: string, path: string, sent?: Sent): Promise<Answer>
}

/** Through kube-apiserver, with a client certificate. */
export async function aggregated(cluster: Cluster, user: string, groups: readonly string[]): Promise<Caller> {
  const { cert, key, ca } = await loadYaml(await cluster.clientFor({ user, groups }))
  const agent = new Agent({ cert, key, ca, keepAlive: true, maxSockets: 128 })
  return caller({
    user,
    door: 'aggregated',
    origin: cluster.server,
    prefix: '/apis/orchestrator.autonomyops.dev/v1',
    agent,
    headers: {},
  })
}

/** On the operator's own listener, with a bearer token of a service account in the fleet's namespace. */
export async function direct(
  cluster: Cluster,
  port: number,
  ca: string,
  account: string,
  audience: string,
): Promise<Caller> {
  const access = await cluster.clientForServiceAccount({ namespace: FLEET, name: account, audiences: [audience] })
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 128, servername: 'autonomy-rollouts.autonomy-system.svc' })
  const headers = { authorization: `Bearer ${(await access.token()).trim()}` }
  const user = `system:serviceaccount:${FLEET}:${account}`
  return caller({ user, door: 'direct', origin: `https://127.0.0.1:${port}`, prefix: '/v1', agent, headers })
}

export function caller(parts: Omit<Caller, 'call'>): Caller {
  return {
    ...parts,
    call: async (method, path, sent = {}) => await exchange(parts, method, `${parts.prefix}${path}`, sent),
  }
}

/** One request; `path` from the root. */
export async function exchange(
  { origin, agent, headers }: Pick<Caller, 'origin' | 'agent' | 'headers'>,
  method: string,
  path: string,
  { body, raw, headers: more = {} }: Sent = {},
): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  // Node announces no length for the body of a DELETE by itself.
  const type =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const url = new URL(origin)
  const outgoing = httpsRequest(
    {
      host: url.hostname,
      port: url.port,
      // Not normalized, unlike a URL's: some tests ask for what no URL can say.
      path,
      method,
      agent,
      headers: { ...type, ...headers, ...(more as { readonly [name: string]: string }) },
      signal: AbortSignal.timeout(70_000),
    },
    incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: parsed(Buffer.concat(chunks).toString('utf8')),
        }),
      )
    },
  )
  outgoing.once('error', reject)
  outgoing.end(text)
  return await promise
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
