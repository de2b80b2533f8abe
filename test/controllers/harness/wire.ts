import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { Condition, StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import type { Cluster } from '../../cluster/cluster.ts'

/** Objects as the API server stores them, as far as tests read them. */

export type WireNode = {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly managedFields?: unknown
  }
  readonly spec?: unknown
  readonly status?: { readonly conditions?: readonly Readonly<Record<string, string>>[] }
}

export type WirePod = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export type WireEvent = {
  readonly type: string
  readonly reason: string
  readonly action: string
  readonly note: string
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string }
}

export type WireRevision = {
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences: readonly Readonly<Record<string, unknown>>[]
  }
  readonly revision: number
  readonly data: {
    readonly plan: string
    readonly stage: string
    readonly digest: string
    readonly part: number
    readonly parts: number
    readonly members: readonly (readonly [string, string])[]
  }
}

const MERGE_PATCH = 'application/merge-patch+json'

export async function read<T>(cluster: Cluster, path: string): Promise<T> {
  return expectSuccess(`reading ${path}`, await cluster.request('GET', path)) as T
}

export async function list<T>(cluster: Cluster, path: string): Promise<readonly T[]> {
  const { items } = await read<{ readonly items: readonly T[] }>(cluster, path)
  return items
}

export async function patch(cluster: Cluster, path: string, change: object): Promise<void> {
  expectSuccess(`patching ${path}`, await cluster.request('PATCH', path, change, { contentType: MERGE_PATCH }))
}

export async function create(cluster: Cluster, path: string, object: object): Promise<void> {
  expectSuccess(`creating in ${path}`, await cluster.request('POST', path, object))
}

export async function remove(cluster: Cluster, path: string): Promise<void> {
  expectSuccess(`deleting ${path}`, await cluster.request('DELETE', path))
}

export function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`
}

export function fleetPath(namespace: string, plural: 'rolloutplans' | 'rolloutrecoveries', name = ''): string {
  return `/apis/fleet.autonomyops.dev/v1alpha1/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`
}

export function conditionOf({ status }: RolloutPlan | RolloutRecovery, type: Condition['type']): Condition | undefined {
  return status.conditions?.find(condition => condition.type === type)
}

/** The reason of the Ready condition: why the plan is not completed, as a code. */
export function reasonOf(object: RolloutPlan | RolloutRecovery): string | undefined {
  return conditionOf(object, 'Ready')?.reason
}

export function stageOf({ status }: RolloutPlan, id = 's1'): StageStatus | undefined {
  return status.stages?.find(stage => stage.id === id)
}

/** Labels and annotations of a node, without those that the controller manager adds at its leisure. */
export function belongings({ metadata: { labels = {}, annotations = {} } }: WireNode) {
  const own = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !/^(node\.alpha|beta)\.kubernetes\.io\//.test(key)))
  return { labels: own(labels), annotations: own(annotations) }
}

/** Everything of a node but its version, who wrote what, and heartbeats. */
export function substance(node: WireNode) {
  const {
    resourceVersion: _,
    managedFields: _fields,
    labels: _labels,
    annotations: _annotations,
    ...metadata
  } = node.metadata
  const conditions = node.status?.conditions?.map(({ lastHeartbeatTime: _time, ...condition }) => condition)
  return { spec: node.spec, metadata: { ...metadata, ...belongings(node) }, status: { ...node.status, conditions } }
}
