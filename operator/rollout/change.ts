import { isDeepStrictEqual } from 'node:util'
import type { Condition, GateState, PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'

/**
 * What writing `after` over `before` would change.
 *
 * - `course`: something that later steps build on, or that a person waits for; written at once.
 * - `counts`: numbers and wording only; written when there is time, many changes in one write.
 * - `evidence`: what gates have read, and nothing else. It changes with each reading, for as long as a plan waits, so it
 *   is written rarely.
 */
export function changeOf(before: PlanStatus, after: PlanStatus): 'none' | 'evidence' | 'counts' | 'course' {
  if (isDeepStrictEqual(before, after)) return 'none'
  if (!isDeepStrictEqual(courseOf(before), courseOf(after))) return 'course'
  return isDeepStrictEqual(withoutEvidence(before), withoutEvidence(after)) ? 'evidence' : 'counts'
}

function courseOf(status: PlanStatus) {
  const { phase, currentStageId, waitingFor, lastRecovery, history, observedGeneration } = status
  const conditions = (status.conditions ?? []).map(condition => [condition.type, condition.status, condition.reason])
  const stages = (status.stages ?? []).map(stageCourse)
  return { phase, currentStageId, waitingFor, lastRecovery, history, observedGeneration, conditions, stages }
}

function stageCourse(stage: StageStatus) {
  const { id, phase, attempt, members, released, withheld, settledAt, retriedAt, approvals, gates, skippedGates } =
    stage
  return {
    id,
    phase,
    attempt,
    members,
    released,
    withheld,
    settledAt,
    retriedAt,
    approvals,
    skippedGates,
    gates: gates?.map(gateCourse),
  }
}

/**
 * What must outlive a leader at once: how a gate answers, how many bad readings there were, since when there are good
 * ones, and which question is to be reported on. A gate that has failed answers the same whatever it reads.
 */
function gateCourse({ state, evidence }: GateState) {
  const { bad, goodSince, askedAt, reportBy } = evidence ?? {}
  return { state, bad, goodSince: state === 'failed' ? undefined : goodSince, askedAt, reportBy }
}

/** Reasons whose sentence is made of what gates saw. */
const GATED = new Set(['GateFailed', 'GatePending', 'Soaking'])

function withoutEvidence(status: PlanStatus): PlanStatus {
  const stages = (status.stages ?? []).map(stage =>
    stage.gates ? { ...stage, gates: stage.gates.map(plainGate) } : stage,
  )
  return { ...status, stages, conditions: (status.conditions ?? []).map(plainCondition) }
}

function plainGate({ name, kind, state, since, evidence, ...rest }: GateState): GateState {
  return evidence === undefined ? { name, kind, state, since, ...rest } : { name, kind, state, since }
}

function plainCondition(condition: Condition): Condition {
  return GATED.has(condition.reason) ? { ...condition, message: '' } : condition
}
