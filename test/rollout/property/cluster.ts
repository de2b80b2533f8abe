import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { PlanStatus } from '../../../operator/api/rollout-plan-status.ts'
import type { RecoveryStatus } from '../../../operator/api/rollout-recovery.ts'
import type { NodePatch } from '../../../operator/fleet/activation.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import type { FleetPod } from '../../../operator/fleet/pod.ts'
import type { Frozen, KeptList, KeptLists } from '../../../operator/rollout/membership.ts'
import { patched } from '../build.ts'

/**
 * The API server as the operator knows it: objects in versions, writes that hold only against the version they
 * were made from, and somebody who sees every write that is committed.
 */
export type Cluster = {
  /** Epoch milliseconds. */
  now: number
  /** By UID. */
  readonly nodes: Map<string, FleetNode>
  /** Of every release, by node name. */
  readonly pods: Map<string, readonly FleetPod[]>
  /** By name, in creation order. */
  readonly plans: Map<string, RolloutPlan>
  /** Lists of members as ControllerRevisions keep them: by plan UID, then by stage and digest. */
  readonly lists: Map<string, Map<string, KeptList>>
  /** By name, in creation order. */
  readonly recoveries: Map<string, RolloutRecovery>
  witness: (write: Write) => void
}

export type Write =
  | { readonly kind: 'status'; readonly before: RolloutPlan; readonly after: RolloutPlan }
  | { readonly kind: 'list'; readonly plan: RolloutPlan; readonly stage: string; readonly frozen: Frozen }
  | { readonly kind: 'node'; readonly plan: RolloutPlan; readonly before: FleetNode; readonly after: FleetNode }
  | { readonly kind: 'recovery'; readonly before: RolloutRecovery; readonly after: RolloutRecovery }

/** `conflict`: the object is not, or no longer, what the write was made from; nothing was written. */
export type Answer = 'written' | 'conflict'

export function emptyCluster(now: number): Cluster {
  return {
    now,
    nodes: new Map(),
    pods: new Map(),
    plans: new Map(),
    lists: new Map(),
    recoveries: new Map(),
    witness: () => {},
  }
}

export function writeStatus(cluster: Cluster, plan: RolloutPlan, status: PlanStatus): Answer {
  const before = cluster.plans.get(plan.metadata.name)
  if (!before || !sameVersion(before, plan)) return 'conflict'
  const after = { ...before, metadata: newer(before.metadata), status }
  cluster.plans.set(plan.metadata.name, after)
  cluster.witness({ kind: 'status', before, after })
  return 'written'
}

export function writeVerdict(cluster: Cluster, recovery: RolloutRecovery, status: RecoveryStatus): Answer {
  const before = cluster.recoveries.get(recovery.metadata.name)
  if (!before || !sameVersion(before, recovery)) return 'conflict'
  const after = { ...before, metadata: newer(before.metadata), status }
  cluster.recoveries.set(recovery.metadata.name, after)
  cluster.witness({ kind: 'recovery', before, after })
  return 'written'
}

/** Names follow from the content, so writing a list again is harmless. */
export function writeList(cluster: Cluster, plan: RolloutPlan, stage: string, frozen: Frozen): Answer {
  let lists = cluster.lists.get(plan.metadata.uid)
  if (!lists) cluster.lists.set(plan.metadata.uid, (lists = new Map()))
  const name = `${stage}/${frozen.digest}`
  if (lists.has(name)) return 'conflict'
  lists.set(name, { ...frozen, since: cluster.now })
  cluster.witness({ kind: 'list', plan, stage, frozen })
  return 'written'
}

/** @param plan on whose behalf */
export function patchNode(cluster: Cluster, plan: RolloutPlan, patch: NodePatch): Answer {
  const before = cluster.nodes.get(patch.metadata.uid)
  if (before?.metadata.resourceVersion !== patch.metadata.resourceVersion) return 'conflict'
  const after = patched(before, patch)
  cluster.nodes.set(patch.metadata.uid, after)
  cluster.witness({ kind: 'node', plan, before, after })
  return 'written'
}

/** A change that the operator did not make. */
export function changeNode(cluster: Cluster, uid: string, change: (node: FleetNode) => FleetNode): void {
  const node = cluster.nodes.get(uid)
  if (!node) return
  const changed = change(node)
  cluster.nodes.set(uid, { ...changed, metadata: newer(changed.metadata) })
}

/** The plan's lists of members by stage, in the order in which they were kept. */
export function keptLists(lists: Cluster['lists'], { metadata }: RolloutPlan): KeptLists {
  const kept = new Map<string, readonly KeptList[]>()
  for (const [name, list] of lists.get(metadata.uid) ?? []) {
    const stage = name.slice(0, name.indexOf('/'))
    kept.set(stage, [...(kept.get(stage) ?? []), list])
  }
  return kept
}

/** The list of a stage that its status names; while it names none, the one that was kept last. */
export function listOf(lists: Cluster['lists'], plan: RolloutPlan, stage: string): KeptList | undefined {
  const own = plan.status.stages?.find(({ id }) => id === stage)?.members?.digest
  const kept = keptLists(lists, plan).get(stage) ?? []
  return own === undefined ? kept.at(-1) : kept.find(({ digest }) => digest === own)
}

type Versioned = { readonly metadata: { readonly uid: string; readonly resourceVersion: string } }

function sameVersion(a: Versioned, b: Versioned): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion
}

function newer<M extends { readonly resourceVersion: string }>(metadata: M): M {
  return { ...metadata, resourceVersion: String(Number(metadata.resourceVersion) + 1) }
}
