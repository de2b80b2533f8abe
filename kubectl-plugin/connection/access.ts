import { Agent } from 'node:http'
import type { checkServerIdentity } from 'node:tls'

/** How a server is reached, and as whom. */
export type Access = {
  /** The server that the credentials are for. */
  readonly origin: string
  /** Path of the API server below its origin, as gateways have it: `/k8s/clusters/c-1`; mostly empty. */
  readonly base: string
  /** Of the kubeconfig's context. */
  readonly namespace: string | undefined
  /** Connection and headers to use now. @throws OrchestratorError of kind credentials */
  obtain(): Promise<Grant>
  /** The server did not accept the last grant: the next one is made anew. */
  refuse(grant: Grant): void
  close(): void
}

export type Grant = {
  readonly agent: Agent
  /** How a certificate is checked; undefined: by the host's name. */
  readonly checkServerIdentity?: typeof checkServerIdentity
  readonly headers: { readonly [name: string]: string | readonly string[] }
}

/** Plain HTTP, without credentials. */
export function nobody(origin: string): Access {
  const grant = { agent: new Agent({ keepAlive: true }), headers: {} }
  return {
    origin,
    base: '',
    namespace: undefined,
    obtain: () => Promise.resolve(grant),
    refuse: () => undefined,
    close: () => grant.agent.destroy(),
  }
}
