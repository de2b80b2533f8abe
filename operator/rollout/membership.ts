import { createHash } from 'node:crypto'
import type { RolloutPlan } from '../api/object.ts'
import type { StageSpec } from '../api/rollout-plan.ts'
import type { FleetNode } from '../fleet/node.ts'
import { matches } from '../fleet/selector.ts'
import { amountOf } from './amount.ts'
import type { Observation } from './observation.ts'

/** One node of a stage, as it was when the stage opened. The UID decides; the name is for people. */
export type Member = { readonly name: string; readonly uid: string }

/** The members of a stage, frozen in their order, and the digest that identifies the list. */
export type Frozen = { readonly digest: string; readonly members: readonly Member[] }

/** A list that is kept in the API, and since when, in epoch milliseconds of the API server. */
export type KeptList = Frozen & { readonly since: number }

/** The kept lists of one plan by stage id: at most one of them is the stage's own, as its status says. */
export type KeptLists = ReadonlyMap<string, readonly KeptList[]>

/** The nodes that the observed plan is about. */
export function observedFleet({ plan, nodes, fleet }: Observation): readonly FleetNode[] {
  return fleet?.() ?? fleetOf(plan, nodes.values())
}

/** The nodes that a plan is about. */
export function fleetOf(plan: RolloutPlan, nodes: Iterable<FleetNode>): FleetNode[] {
  return [...nodes].filter(node => matches(plan.spec.fleet.selector, node.metadata.labels))
}

/**
 * Chooses the members of a stage.
 *
 * Nodes of the fleet that match the stage and belong to no earlier one, ordered by a hash of plan and node,
 * cut at the stage's limit. The same nodes give the same list.
 *
 * @param taken UIDs of members of earlier stages
 */
export function choose(
  plan: RolloutPlan,
  stage: StageSpec,
  fleet: readonly FleetNode[],
  taken: ReadonlySet<string>,
): Frozen {
  const { selector, limit } = stage.nodes
  const candidates = fleet
    .filter(node => !taken.has(node.metadata.uid) && matches(selector, node.metadata.labels))
    .map(({ metadata: { name, uid } }) => ({ name, uid, rank: rank(plan.metadata.uid, uid) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  const most = limit === undefined ? candidates.length : amountOf(limit, fleet.length, 'up')
  const members = candidates.slice(0, most).map(({ name, uid }) => ({ name, uid }))
  return { digest: digestOf(members), members }
}

/** Identifies a list of members, their order included. */
export function digestOf(members: readonly Member[]): string {
  const hash = createHash('sha256')
  for (const { uid } of members) hash.update(uid).update('\n')
  return hash.digest('hex').slice(0, 16)
}

/** Nodes of the fleet that no stage takes, as far as is known: nobody's members, and matching no stage still to open. */
export function unassigned(
  fleet: readonly FleetNode[],
  taken: ReadonlySet<string>,
  toOpen: readonly StageSpec[],
): number {
  return fleet.filter(
    node => !taken.has(node.metadata.uid) && !toOpen.some(stage => matches(stage.nodes.selector, node.metadata.labels)),
  ).length
}

function rank(planUid: string, nodeUid: string): string {
  return createHash('sha256').update(planUid).update('/').update(nodeUid).digest('hex')
}
