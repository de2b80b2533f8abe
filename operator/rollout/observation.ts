import type { RolloutPlan } from '../api/object.ts'
import type { FleetNode } from '../fleet/node.ts'
import type { FleetPod } from '../fleet/pod.ts'
import type { Readings } from './gates/reading.ts'
import type { KeptLists } from './membership.ts'

/**
 * All that a decision about one plan is made from.
 *
 * Assumption: a view that lags behind the API server is fine, one that mixes times is fine too; what must not
 * happen is that `plan` is older than the writes made from it, which its resourceVersion precondition ensures.
 */
export type Observation = {
  readonly plan: RolloutPlan
  /** Every node of the cluster, by UID. */
  readonly nodes: ReadonlyMap<string, FleetNode>
  /** Those that the plan is about, where somebody keeps track of them; absent: they are looked for among all. */
  readonly fleet?: () => readonly FleetNode[]
  /** The pods that confirm this plan's activations, by node name; undefined while they cannot be seen. */
  readonly pods: ReadonlyMap<string, readonly FleetPod[]> | undefined
  /** Lists of members that are kept: of opened stages with members, and of stages that are about to open. */
  readonly kept: KeptLists
  /** The other plans of the cluster that use the same activation label. */
  readonly rivals: readonly RolloutPlan[]
  /** Whether one of them has a node (by UID) still to give back what it had. */
  readonly owes: (rival: RolloutPlan, nodeUid: string) => boolean
  /** What was seen outside for the gates of the open stage, and its status does not cover yet; absent: nothing. */
  readonly readings?: Readings
  /** The last write that the API server refused, in words; for the report only. */
  readonly trouble?: string
}
