import type { StageSpec } from '../api/rollout-plan.ts'
import type { Counts, StageStatus } from '../api/rollout-plan-status.ts'
import { amountOf } from './amount.ts'
import { type GateResult, askGates, holdsUp, stateOf } from './gates/gate.ts'
import type { Readings } from './gates/reading.ts'
import type { MemberNode } from './member.ts'
import { tally } from './tally.ts'
import { startingPoint } from './time.ts'

/**
 * What the open stage needs next.
 *
 * - `deserted`: every member was deleted; a stage that moved nobody must not wave the release through.
 * - `blocked`: more failures than tolerated; nothing is activated until a person steps in or nodes recover.
 * - `rolling`: nodes are being activated or wait for their turn.
 * - `held`: the only nodes left belong to another running plan.
 * - `unreachable`: the only nodes left are not Ready, more of them than tolerated.
 * - `unmoved`: no node is left to be told, and none is activated: tolerated or not, that proves nothing of the release.
 * - `gated`: the members have settled; gates have not passed.
 * - `promote`: done.
 */
export type Verdict =
  | { readonly kind: 'deserted' }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'rolling' }
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unmoved' }
  | { readonly kind: 'gated'; readonly by: readonly GateResult[] }
  | { readonly kind: 'promote' }

export type StageView = {
  readonly verdict: Verdict
  readonly counts: Counts
  readonly settledAt: string | undefined
  readonly gates: readonly GateResult[]
  /** Most failures and unreachable nodes tolerated, in nodes. */
  readonly tolerated: { readonly failed: number; readonly unreachable: number }
}

/**
 * Judges the open stage.
 *
 * Pure: the same arguments give the same view. Counts are derived from the members on every call, so a crash
 * between two writes cannot make them drift.
 *
 * @param now epoch milliseconds; nothing in here reads a clock
 * @param readings what was seen outside since the stage's status was written
 */
export function viewStage(
  spec: StageSpec,
  stage: StageStatus,
  members: readonly MemberNode[],
  now: number,
  readings?: Readings,
): StageView {
  const counts = tally(members)
  const tolerated = {
    failed: amountOf(spec.maxFailures, counts.total, 'down'),
    unreachable: amountOf(spec.maxUnreachable, counts.total, 'down'),
  }
  const moved = counts.activated > 0 || counts.total === 0 || spec.allowEmpty
  const settledAt = moved && settled(counts, tolerated, stage) ? (stage.settledAt ?? startingPoint(now)) : undefined
  const gates = askGates(spec.gates, { stage: withSettledAt(stage, settledAt), members, now, readings })
  const view = { counts, tolerated, settledAt, gates }

  if (counts.total > 0 && counts.gone === counts.total && !spec.allowEmpty)
    return { ...view, verdict: { kind: 'deserted' } }
  if (counts.failed > tolerated.failed) return { ...view, verdict: { kind: 'blocked' } }
  if (settledAt === undefined) return { ...view, verdict: unsettled(members, counts, tolerated) }
  const closed = gates.filter(holdsUp)
  const [by] = holdersOf(members)
  if (closed.length > 0 && counts.activated === 0 && by !== undefined) return { ...view, verdict: { kind: 'held', by } }
  if (closed.length > 0) return { ...view, verdict: { kind: 'gated', by: closed } }
  return { ...view, verdict: { kind: 'promote' } }
}

/** The stage's status with what the view has found: since when it has settled, and how its gates stand. */
export function viewed(stage: StageStatus, { settledAt, gates }: StageView): StageStatus {
  const states = gates.map(stateOf)
  return { ...withSettledAt(stage, settledAt), ...(states.length > 0 ? { gates: states } : {}) }
}

/**
 * Every member is activated, gone, or left out within the tolerances. A stage that has settled stays so while
 * nodes that come back are caught up, or each returning node would start its soak anew.
 */
function settled(counts: Counts, tolerated: StageView['tolerated'], stage: StageStatus): boolean {
  const { failed, unreachable, pending, activating } = counts
  if (failed > tolerated.failed) return false
  if (stage.settledAt !== undefined) return unreachable + pending + activating <= tolerated.unreachable
  return pending === 0 && activating === 0 && unreachable <= tolerated.unreachable
}

function unsettled(members: readonly MemberNode[], counts: Counts, tolerated: StageView['tolerated']): Verdict {
  const held = holdersOf(members)
  if (counts.activating > 0 || counts.pending > held.length) return { kind: 'rolling' }
  const [by] = held
  if (by !== undefined) return { kind: 'held', by }
  return { kind: counts.unreachable > tolerated.unreachable ? 'unreachable' : 'unmoved' }
}

/** The plans that have members of this stage now, one entry a member. */
function holdersOf(members: readonly MemberNode[]): readonly string[] {
  return members.flatMap(({ state }) => (state.kind === 'pending' && state.heldBy ? [state.heldBy] : []))
}

function withSettledAt(stage: StageStatus, settledAt: string | undefined): StageStatus {
  const { settledAt: _, ...rest } = stage
  return settledAt === undefined ? rest : { ...rest, settledAt }
}
