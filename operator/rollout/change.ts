import { isDeepStrictEqual } from 'node:util'
import type { PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'

/**
 * What writing `after` over `before` would change.
 *
 * - `course`: something that later steps build on, or that a person waits for; written at once.
 * - `counts`: numbers and wording only; written when there is time, many changes in one write.
 */
export function changeOf(before: PlanStatus, after: PlanStatus): 'none' | 'counts' | 'course' {
  if (isDeepStrictEqual(before, after)) return 'none'
  return isDeepStrictEqual(courseOf(before), courseOf(after)) ? 'counts' : 'course'
}

function courseOf(status: PlanStatus) {
  const { phase, currentStageId, waitingFor, lastRecovery, history, observedGeneration } = status
  const conditions = (status.conditions ?? []).map(condition => [condition.type, condition.status, condition.reason])
  const stages = (status.stages ?? []).map(stageCourse)
  return { phase, currentStageId, waitingFor, lastRecovery, history, observedGeneration, conditions, stages }
}

function stageCourse({ id, phase, attempt, members, released, withheld, settledAt, approvals, gates }: StageStatus) {
  return {
    id,
    phase,
    attempt,
    members,
    released,
    withheld,
    settledAt,
    approvals,
    gates: gates?.map(gate => gate.state),
  }
}
