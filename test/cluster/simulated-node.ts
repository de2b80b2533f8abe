import { expectSuccess } from './admin-client.ts'
import type { AdminClient } from './admin-client.ts'
import { clusterError } from './error.ts'
import { until } from './wait.ts'

/** All that is needed of a cluster here. */
export type NodeHost = Pick<AdminClient, 'request'>

export interface CreateNodesOptions {
  readonly count: number
  /** Names are `<prefix>-<index>`; default `sim`. */
  readonly prefix?: string
  /** The first index; default 0. */
  readonly first?: number
  /** Labels besides those that every node has. */
  readonly labels?: (index: number) => Readonly<Record<string, string>>
  /** Beside nodes with kubelets: a taint that keeps away whatever does not tolerate it. Default: none. */
  readonly taint?: string
  /** False returns without waiting for them to be Ready (KWOK does that); default true. */
  readonly ready?: boolean
  /** Bound of that wait in milliseconds; default 30,000 plus 50 a node. */
  readonly withinMs?: number
  readonly signal?: AbortSignal | undefined
}

export type NodeReadiness = 'True' | 'False' | 'Unknown'

/** Carried by every simulated node. */
export const SIMULATED_LABEL = 'kwok.autonomy.test/simulated'
const MERGE_PATCH = 'application/merge-patch+json'

/** Creates simulated machines and returns their names once they are Ready. */
export async function createNodes(cluster: NodeHost, options: CreateNodesOptions): Promise<readonly string[]> {
  const { count, prefix = 'sim', first = 0, taint, signal } = options
  const names = Array.from({ length: count }, (_, offset) => `${prefix}-${first + offset}`)
  const create = async (name: string, index: number) => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          [SIMULATED_LABEL]: 'true',
          ...options.labels?.(index),
        },
      },
      ...(taint === undefined ? {} : { spec: { taints: [{ key: taint, effect: 'NoSchedule' }] } }),
    }
    expectSuccess(
      `creating node ${name}`,
      await cluster.request('POST', '/api/v1/nodes', node, { signal, timeoutMs: 60_000 }),
    )
  }
  await Promise.all(names.map((name, offset) => create(name, first + offset)))
  if (options.ready ?? true) {
    const bound = { withinMs: options.withinMs ?? 30_000 + 50 * count, signal }
    await untilNodes(cluster, names, 'True', bound)
  }
  return names
}

/** Deletes nodes. Their pods follow when the pod garbage collector finds them orphaned, about a minute later. */
export async function deleteNodes(cluster: NodeHost, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async name =>
      expectSuccess(`deleting node ${name}`, await cluster.request('DELETE', `/api/v1/nodes/${name}`)),
    ),
  )
}

/** Merges annotations into an object; null removes one. */
export async function annotate(
  cluster: NodeHost,
  path: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  const patch = { metadata: { annotations } }
  expectSuccess(`annotating ${path}`, await cluster.request('PATCH', path, patch, { contentType: MERGE_PATCH }))
}

/** Resolves when all of the nodes have that Ready condition. */
export async function untilNodes(
  cluster: NodeHost,
  names: readonly string[],
  readiness: NodeReadiness,
  bound: { readonly withinMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const wanted = new Set(names)
  const query = new URLSearchParams({ labelSelector: `${SIMULATED_LABEL}=true` }).toString()
  const settled = async () => {
    const answer = await cluster.request('GET', `/api/v1/nodes?${query}`, undefined, { signal: bound.signal })
    const reached = items(expectSuccess('listing nodes', answer)).filter(
      node => wanted.has(node.metadata.name) && readyStatus(node) === readiness,
    )
    return reached.length === wanted.size
  }
  const what = `${names.length} nodes have Ready=${readiness}`
  await until(settled, { what, withinMs: bound.withinMs, everyMs: 100, signal: bound.signal })
}

/** The little that the harness reads of a listed object. */
export interface ListedObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly deletionTimestamp?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** The items of a list as the API server sends it. */
export function items(list: unknown): readonly ListedObject[] {
  if (typeof list === 'object' && list !== null && 'items' in list && Array.isArray(list.items))
    return list.items as readonly ListedObject[]
  throw clusterError('request_failed', 'the answer is no list')
}

function readyStatus(object: ListedObject): string | undefined {
  return object.status?.conditions?.find(condition => condition.type === 'Ready')?.status
}
