import type { StageStatus } from '../api/rollout-plan-status.ts'
import { readBitmap, writeBitmap } from './bitmap.ts'
import type { MemberNode } from './member.ts'
import { observedFleet } from './membership.ts'
import type { Observation } from './observation.ts'
import { type Refusal, type Step, refuse, replaced } from './outcome.ts'
import { openNext } from './opening.ts'
import { blocker } from './rival.ts'
import type { SurveyedStage } from './survey.ts'
import { startingPoint, timestamp } from './time.ts'

/** Has the failed nodes of the current stage tried again, or goes on after a halted one. */
export function retry(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  stages: readonly StageStatus[],
  now: number,
  who: string,
): Step | Refusal {
  const { plan, rivals } = observation
  if (plan.status.phase === 'published') {
    const before = blocker(plan, rivals, observedFleet(observation))
    if (before)
      return refuse(
        'waiting_for_plan',
        `plan ${plan.metadata.name} waits for plan ${before.metadata.namespace}/${before.metadata.name}, which has some of the same nodes`,
      )
    const at = timestamp(now)
    return { startedAt: at, ...openNext(stages, 0, now, [{ at, event: 'PlanStarted' }]) }
  }
  const current = stages.find(stage => stage.id === plan.status.currentStageId)
  if (!current) return refuse('no_current_stage', `plan ${plan.metadata.name} has no current stage`)
  if (current.phase === 'halted') return openNext(stages, stages.indexOf(current) + 1, now, [])
  const known = surveyed.find(stage => stage.status.id === current.id)
  const again: StageStatus = {
    ...current,
    ...failedMarked(current, known, now),
    attempt: (current.attempt ?? 1) + 1,
    retriedAt: startingPoint(now),
  }
  return {
    phase: 'active',
    currentStageId: current.id,
    stages: replaced(stages, again),
    situation: { kind: 'stepping', message: `stage ${current.id} is tried again${who}` },
  }
}

/**
 * A failed node is marked to be told again, and no longer counted as confirmed: that is what lets its next attempt begin.
 * So is one that an earlier retry marked and whose turn has not come, and, while pods cannot be seen, one that is past its
 * deadline: should it turn out to have confirmed, the mark is without effect.
 */
function failedMarked(
  { withheld }: StageStatus,
  stage: SurveyedStage | undefined,
  now: number,
): Pick<StageStatus, 'confirmed' | 'retried' | 'withheld'> {
  if (stage?.kind !== 'known') return {}
  const toBeTold = (member: MemberNode) => isToBeTold(member, now)
  const [again, others] = [stage.members.filter(toBeTold), stage.members.filter(member => !toBeTold(member))]
  return {
    confirmed: writeBitmap(others.filter(({ confirmed }) => confirmed).map(({ index }) => index)),
    retried: writeBitmap(again.map(({ index }) => index)),
    withheld: writeBitmap(
      stage.members
        .filter(member => toBeTold(member) || readBitmap(withheld).has(member.index))
        .map(({ index }) => index),
    ),
  }
}

function isToBeTold({ state, ours }: MemberNode, now: number): boolean {
  if (state.kind === 'activating') return state.deadline <= now
  return state.kind === 'failed' || (ours && (state.kind === 'pending' || state.kind === 'unreachable'))
}
