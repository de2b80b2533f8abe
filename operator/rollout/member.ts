import type { StageStatus } from '../api/rollout-plan-status.ts'
import { type Assignment, assignmentOf } from '../fleet/activation.ts'
import { confirmationOf } from '../fleet/confirmation.ts'
import type { FleetNode } from '../fleet/node.ts'
import { readBitmap } from './bitmap.ts'
import type { Frozen } from './membership.ts'
import type { Observation } from './observation.ts'
import { instant } from './time.ts'

/**
 * Where one member of a stage stands, derived from the node and its pods alone.
 *
 * - `pending`: its turn has not come, or comes again (`again`: it failed and is to be retried);
 *   `heldBy` names another plan that has the node now, `until` when it is no longer waited for.
 * - `activating`: labelled and not confirmed; fails at `deadline`, unless pods cannot be seen then.
 * - `activated`: confirmed, healthy since `since`; since then at the earliest where it is `undated`.
 * - `failed`: labelled and lost, or will not get there by itself; `until` is when it may turn out that it did.
 * - `unreachable`: not Ready before its turn.
 * - `gone`: deleted (or replaced by a node of the same name, which is another node).
 */
export type MemberState =
  | { readonly kind: 'pending'; readonly again: boolean; readonly heldBy?: string; readonly until?: number }
  | { readonly kind: 'activating'; readonly deadline: number; readonly until?: number; readonly detail: string }
  | { readonly kind: 'activated'; readonly since: number; readonly undated?: true }
  | { readonly kind: 'failed'; readonly reason: string; readonly detail: string; readonly until?: number }
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
  now: number,
): MemberNode[] {
  const confirmed = readBitmap(stage.confirmed)
  const retried = readBitmap(stage.retried)
  return frozen.members.map(({ name, uid }, index) => {
    const node = observation.nodes.get(uid)
    const marks = { confirmed: confirmed.has(index), retried: retried.has(index), attempt: stage.attempt ?? 1 }
    if (!node) return { index, name, uid, state: { kind: 'gone' }, confirmed: marks.confirmed, ours: false }
    const assignment = assignmentOf(node, observation.plan)
    const state = stateOf(observation, node, assignment, marks, now)
    const ours = assignment.kind === 'ours'
    return { index, name, uid, state, confirmed: marks.confirmed || state.kind === 'activated', ours }
  })
}

/** What the stage's status says of a member: it confirmed once; it had failed at the last retry, which began this attempt. */
type Marks = { readonly confirmed: boolean; readonly retried: boolean; readonly attempt: number }

function stateOf(
  observation: Observation,
  node: FleetNode,
  assignment: Assignment,
  marks: Marks,
  now: number,
): MemberState {
  const { plan, pods } = observation
  if (assignment.kind === 'other') {
    const hold = holdOf(observation, node, assignment)
    if (now < hold)
      return {
        kind: 'pending',
        again: false,
        heldBy: assignment.plan,
        ...(hold === Infinity ? {} : { until: hold }),
      }
  }
  if (assignment.kind !== 'ours') return turnOf(node, false)

  const { label, confirm, timeoutSeconds } = plan.spec.activation
  const again = marks.retried && !marks.confirmed && assignment.attempt < marks.attempt
  if (!assignment.labelled)
    return again
      ? turnOf(node, true)
      : { kind: 'failed', reason: 'LabelChanged', detail: `somebody changed the label ${label} after the activation` }
  const deadline = assignment.activatedAt + timeoutSeconds * 1000
  if (confirm.kind === 'pod' && pods === undefined) {
    if (again) return turnOf(node, true)
    if (marks.confirmed) return { kind: 'activated', since: now }
    return { kind: 'activating', deadline, detail: 'its pods cannot be seen' }
  }

  const confirmation = confirmationOf(node, assignment, pods?.get(node.metadata.name) ?? [], plan, now)
  if (confirmation.kind === 'confirmed' && node.ready.ok)
    return {
      kind: 'activated',
      since: Math.max(confirmation.since, node.ready.since),
      ...(confirmation.undated ? { undated: true } : {}),
    }
  const { ok } = node.ready
  const until =
    confirmation.kind === 'waiting' && ok && confirmation.until !== undefined ? { until: confirmation.until } : {}
  if (again) return { ...turnOf(node, true), ...until }
  if (confirmation.kind === 'failed')
    return { kind: 'failed', reason: confirmation.reason, detail: confirmation.detail }

  const detail = confirmation.kind === 'waiting' && ok ? confirmation.detail : node.ready.detail
  if (marks.confirmed)
    return {
      kind: 'failed',
      reason: ok ? 'NotConfirmed' : 'NodeNotReady',
      detail: `${detail} since its activation`,
      ...until,
    }
  if (now >= deadline)
    return {
      kind: 'failed',
      reason: ok ? 'TimedOut' : 'NodeNotReady',
      detail: `${detail} ${timeoutSeconds} s after its activation`,
      ...until,
    }
  return { kind: 'activating', deadline, detail, ...until }
}

/** A node that is to be told: it can be, or it is not Ready before its turn. */
function turnOf({ ready }: FleetNode, again: boolean): MemberState {
  return ready.ok ? { kind: 'pending', again } : { kind: 'unreachable', detail: ready.detail }
}

/**
 * So long, in milliseconds, a node is left to a plan that nobody knows. Such a plan is either deleted, or new to a
 * leader that has lost touch with the plans; and that one has stopped leading long before.
 */
export const UNKNOWN_MOVER = 300_000

/**
 * Until when the plan that moved the node last has it still, in epoch milliseconds: for as long as it is running; or has
 * still to give the node back what it had, which is what this plan would have to give back in its turn; or is seen as not
 * started. And for some time when it is not seen at all, although it moved the node after this plan had started.
 */
function holdOf(
  { plan, rivals, owes }: Observation,
  { metadata }: FleetNode,
  mover: Extract<Assignment, { kind: 'other' }>,
): number {
  const known = rivals.find(rival => rival.metadata.uid === mover.planUid)
  if (known) {
    const { phase } = known.status
    const has = phase === 'active' || phase === 'paused' || phase === 'published' || owes(known, metadata.uid)
    return has ? Infinity : 0
  }
  const after = plan.status.startedAt !== undefined && mover.activatedAt > instant(plan.status.startedAt)
  return after ? mover.activatedAt + UNKNOWN_MOVER : 0
}
