import type { Clock } from '../../operator/runtime/clock.ts'
import { createOrchestrator } from '../orchestrator/client.ts'
import type { Exchange } from '../orchestrator/exchange.ts'
import type { Orchestrator } from '../orchestrator/orchestrator.ts'
import { type Access, nobody } from './access.ts'
import { createExchange } from './http.ts'
import { GROUP_PATH, type Target, addressOf } from './target.ts'

export type Connection = {
  readonly orchestrator: Orchestrator
  /** Where requests go to, for people. */
  readonly address: string
  /** Of the plans; undefined: the one that the orchestrator is configured with. */
  readonly namespace: string | undefined
  /** The same orchestrator, about plans of another namespace. */
  readonly inNamespace: (namespace: string) => Orchestrator
  /** The API server itself, with paths from its root; undefined when the URL leads to something else. */
  readonly cluster: Exchange | undefined
  close(): void
}

/**
 * Connects to what the target names. Nothing is sent yet.
 *
 * With a URL, the kubeconfig's credentials are used only for the very server that the kubeconfig gives them for; plain
 * HTTP, as of `kubectl proxy`, gets none, because they would travel in the clear.
 *
 * @throws OrchestratorError of kind credentials, UsageError
 */
export async function connect(target: Target, userAgent: string, clock: Clock): Promise<Connection> {
  const given = target.url === undefined ? undefined : addressOf(target.url)
  const access =
    given?.origin.startsWith('http:') === true
      ? nobody(given.origin)
      : (await import('./kubeconfig.ts')).kubeconfigAccess(target, given?.origin, clock)
  return assemble(
    target,
    given ?? { origin: access.origin, prefix: `${access.base}${GROUP_PATH}` },
    access,
    userAgent,
    clock,
  )
}

function assemble(
  target: Target,
  { origin, prefix }: { readonly origin: string; readonly prefix: string },
  access: Access,
  userAgent: string,
  clock: Clock,
): Connection {
  const headers = {
    'user-agent': userAgent,
    ...(target.operator === undefined ? {} : { 'x-autonomy-operator': bytesOf(target.operator) }),
    ...(target.as === undefined ? {} : { 'impersonate-user': bytesOf(target.as) }),
    ...(target.asGroups.length === 0 ? {} : { 'impersonate-group': target.asGroups.map(bytesOf) }),
  }
  const parts = { origin, access, headers, timeoutMs: target.timeoutMs, clock }
  const address = `${origin}${prefix}`
  const namespace = target.namespace ?? (target.url === undefined ? access.namespace : undefined)
  const root = prefix.endsWith(GROUP_PATH) ? prefix.slice(0, -GROUP_PATH.length) : undefined
  const endpoint = { address, exchange: createExchange({ ...parts, prefix }) }
  return {
    address,
    namespace,
    orchestrator: createOrchestrator(namespace === undefined ? endpoint : { ...endpoint, namespace }),
    inNamespace: other => createOrchestrator({ ...endpoint, namespace: other }),
    cluster: root === undefined ? undefined : createExchange({ ...parts, prefix: root }),
    close: () => access.close(),
  }
}

/** Header bytes are UTF-8, which Node takes as latin1. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
