import type { RolloutPlan } from '../api/object.ts'
import type { StageStatus } from '../api/rollout-plan-status.ts'
import { assignmentOf } from '../fleet/activation.ts'
import { confirmationOf } from '../fleet/confirmation.ts'
import type { FleetNode } from '../fleet/node.ts'
import type { Bitmap } from './bitmap.ts'
import type { Frozen } from './membership.ts'
import type { Observation } from './observation.ts'

/**
 * Where one member of a stage stands, derived from the node and its pods alone.
 *
 * - `pending`: its turn has not come, or comes again (`again`: it failed and is to be retried);
 *   `heldBy` names another plan that has the node now.
 * - `activating`: labelled and not confirmed; fails at `deadline`.
 * - `activated`: confirmed, healthy since `since`.
 * - `failed`: labelled and lost, or will not get there by itself.
 * - `unreachable`: not Ready before its turn.
 * - `gone`: deleted (or replaced by a node of the same name, which is another node).
 */
export type MemberState =
  | { readonly kind: 'pending'; readonly again: boolean; readonly heldBy?: string }
  | { readonly kind: 'activating'; readonly deadline: number; readonly until?: number; readonly detail: string }
  | { readonly kind: 'activated'; readonly since: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'gone' }

export type MemberNode = {
  /** Position in the frozen order. */
  readonly index: number
  readonly name: string
  readonly uid: string
  readonly state: MemberState
  /** Has confirmed at some time in this attempt; such a node keeps its release when the plan is stopped. */
  readonly confirmed: boolean
  /** Whether the node carries this plan's activation now. */
  readonly ours: boolean
}

/** All members of a stage with their states, in frozen order. */
export function membersOf(
  observation: Observation,
  stage: StageStatus,
  frozen: Pick<Frozen, 'members'>,
  confirmed: Bitmap,
  now: number,
): MemberNode[] {
  return frozen.members.map(({ name, uid }, index) => {
    const node = observation.nodes.get(uid)
    const had = confirmed.has(index)
    const state = node ? stateOf(observation, stage, node, had, now) : ({ kind: 'gone' } as const)
    const ours = node !== undefined && assignmentOf(node, observation.plan).kind === 'ours'
    return { index, name, uid, state, confirmed: had || state.kind === 'activated', ours }
  })
}

function stateOf(
  { plan, pods, rivals }: Observation,
  stage: StageStatus,
  node: FleetNode,
  confirmed: boolean,
  now: number,
): MemberState {
  const assignment = assignmentOf(node, plan)
  if (assignment.kind !== 'ours') {
    if (assignment.kind === 'other' && running(assignment.planUid, rivals))
      return { kind: 'pending', again: false, heldBy: assignment.plan }
    return node.ready.ok ? { kind: 'pending', again: false } : { kind: 'unreachable', detail: node.ready.detail }
  }
  const failed = (reason: string, detail: string): MemberState =>
    !confirmed && assignment.attempt < (stage.attempt ?? 1)
      ? node.ready.ok
        ? { kind: 'pending', again: true }
        : { kind: 'unreachable', detail: node.ready.detail }
      : { kind: 'failed', reason, detail }

  if (!assignment.labelled)
    return failed('LabelChanged', `somebody changed the label ${plan.spec.activation.label} after the activation`)
  if (pods === undefined && plan.spec.activation.confirm.kind === 'pod')
    return confirmed
      ? { kind: 'activated', since: now }
      : { kind: 'activating', deadline: Infinity, detail: 'its pods cannot be seen' }
  const confirmation = confirmationOf(node, assignment, pods?.get(node.metadata.name) ?? [], plan, now)
  if (confirmation.kind === 'failed') return failed(confirmation.reason, confirmation.detail)
  if (confirmation.kind === 'confirmed' && node.ready.ok)
    return { kind: 'activated', since: Math.max(confirmation.since, node.ready.since) }

  const detail = confirmation.kind === 'waiting' && node.ready.ok ? confirmation.detail : node.ready.detail
  if (confirmed) return failed(node.ready.ok ? 'NotConfirmed' : 'NodeNotReady', `${detail} since its activation`)
  const deadline = assignment.activatedAt + plan.spec.activation.timeoutSeconds * 1000
  if (now >= deadline)
    return failed(
      node.ready.ok ? 'TimedOut' : 'NodeNotReady',
      `${detail} ${plan.spec.activation.timeoutSeconds} s after its activation`,
    )
  const until = confirmation.kind === 'waiting' && node.ready.ok ? confirmation.until : undefined
  return { kind: 'activating', deadline, detail, ...(until === undefined ? {} : { until }) }
}

function running(planUid: string, rivals: readonly RolloutPlan[]): boolean {
  const phase = rivals.find(rival => rival.metadata.uid === planUid)?.status.phase
  return phase === 'active' || phase === 'paused'
}
