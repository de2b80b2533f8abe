import { ANNOTATION } from '../../../operator/api/names.ts'
import type { RolloutPlan } from '../../../operator/api/object.ts'
import { releaseOf } from '../../../operator/api/object.ts'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import { readBitmap } from '../../../operator/rollout/bitmap.ts'
import type { Member } from '../../../operator/rollout/membership.ts'
import { evidence } from '../model/member.ts'
import type { Order } from '../model/state.ts'
import type { Cluster } from './cluster.ts'
import { listOf } from './cluster.ts'
import { machineOf } from './mirror.ts'

/** What an auditor remembers of a cluster, who sees every write and is told of every event. */
export type Ledger = {
  readonly cluster: Cluster
  /** Recoveries that took effect, by UID. */
  readonly applied: Set<string>
  /** Stages, by plan UID and id, that a retry has released from their halt. */
  readonly goneOn: Set<string>
  /** Versions of the plan, by plan UID and stage id, in which a stop was committed. */
  readonly stops: Map<string, { readonly version: number; readonly released: number }>
  /** Nodes under orders, by UID. */
  readonly flights: Map<string, Flight>
  /** Whether whoever writes sees everything as it is. */
  readonly sighted: boolean
}

/** A node that was told to move; it has landed once it was seen to have confirmed, or to have failed. */
type Flight = { readonly plan: string; readonly stage: string; landed: boolean }

export class Violation extends Error {}

export function violated(rule: string, details: string): never {
  throw new Violation(`${rule}: ${details}`)
}

export function openLedger(cluster: Cluster, sighted: boolean): Ledger {
  return { cluster, applied: new Set(), goneOn: new Set(), stops: new Map(), flights: new Map(), sighted }
}

export function stageKey(plan: RolloutPlan, stage: string): string {
  return `${plan.metadata.uid}/${stage}`
}

/** What the plan's order to this node says; undefined when it has given none, or it was taken back. */
export function orderOf({ metadata: { annotations } }: FleetNode, plan: RolloutPlan): Order | undefined {
  if (annotations[ANNOTATION.planUid] !== plan.metadata.uid) return undefined
  return {
    plan: plan.metadata.uid,
    stage: annotations[ANNOTATION.stage] ?? '',
    at: Date.parse(annotations[ANNOTATION.activatedAt] ?? ''),
    attempt: Number(annotations[ANNOTATION.attempt]),
    oldReport: annotations[ANNOTATION.dismissed],
  }
}

/** What a node under the plan's orders really shows, whatever anybody has seen of it. */
export function truthOf(cluster: Cluster, plan: RolloutPlan, node: FleetNode, order: Order, confirmed: boolean) {
  if (node.metadata.labels[plan.spec.activation.label] !== releaseOf(plan)) return 'failed'
  const seen = { confirmed, healthySince: undefined }
  return evidence(machineOf(cluster, node), order, { spec: plan.spec, release: releaseOf(plan) }, seen, cluster.now)
}

export function membersOf(cluster: Cluster, plan: RolloutPlan, stage: StageStatus): readonly Member[] {
  if (!stage.members || stage.members.count === 0) return []
  return (
    listOf(cluster.lists, plan, stage.id)?.members ??
    violated('lists', `the members of ${stage.id} of ${plan.metadata.name} are lost`)
  )
}

/** Notes which nodes have landed; to be called whenever something has happened, and before anything is judged. */
export function noteLandings({ cluster, flights }: Ledger): void {
  for (const [uid, flight] of flights) {
    if (flight.landed) continue
    const node = cluster.nodes.get(uid)
    const plan = [...cluster.plans.values()].find(({ metadata }) => metadata.uid === flight.plan)
    const order = node && plan && orderOf(node, plan)
    if (!order) {
      flights.delete(uid)
      continue
    }
    const stage = plan.status.stages?.find(({ id }) => id === flight.stage)
    const index = stage ? membersOf(cluster, plan, stage).findIndex(member => member.uid === uid) : -1
    const confirmed = index >= 0 && readBitmap(stage?.confirmed).has(index)
    flight.landed = confirmed || truthOf(cluster, plan, node, order, confirmed) !== 'activating'
  }
}

export function noteOrder({ flights }: Ledger, plan: RolloutPlan, uid: string, stage: string): void {
  flights.set(uid, { plan: plan.metadata.uid, stage, landed: false })
}

/** Members that count as in flight when everybody may go as far as the mark: Ready, and not landed or not told yet. */
export function onTheWay({ cluster, flights }: Ledger, plan: RolloutPlan, stage: StageStatus, mark: number): string[] {
  const [{ has }, withheld] = [readBitmap(stage.confirmed), readBitmap(stage.withheld)]
  return membersOf(cluster, plan, stage).flatMap(({ uid }, index) => {
    const node = cluster.nodes.get(uid)
    if (!node || index >= mark || withheld.has(index) || has(index)) return []
    const order = orderOf(node, plan)
    const again = order && order.attempt < (stage.attempt ?? 1) && readBitmap(stage.retried).has(index)
    if (order && !again) return flights.get(uid)?.landed ? [] : [uid]
    if (again) return node.ready.ok ? [uid] : []
    return node.ready.ok && node.metadata.annotations[ANNOTATION.planUid] === undefined ? [uid] : []
  })
}

/** Nodes of a stage that were told to move and have not landed since. */
export function inFlight({ flights, cluster }: Ledger, plan: RolloutPlan, stage: string): string[] {
  return [...flights]
    .filter(([, flight]) => flight.plan === plan.metadata.uid && flight.stage === stage && !flight.landed)
    .map(([uid]) => cluster.nodes.get(uid)?.metadata.name ?? uid)
}
