import type { RolloutPlan } from '../api/object.ts'
import type { Condition, PlanStatus } from '../api/rollout-plan-status.ts'
import { cut } from './cut.ts'
import { reasonOf } from './reason.ts'
import type { Situation } from './situation.ts'
import { stuckFrom } from './stuck.ts'
import { timestamp } from './time.ts'

type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * Writes the conditions of a plan from its situation.
 *
 * Ready is true only when the plan is completed; Reconciling and Stalled are what kstatus
 * (sigs.k8s.io/cli-utils) calls abnormal-true conditions; Stuck says that no progress was made for too long.
 *
 * @param trouble the last write that the API server refused, in words
 */
export function withConditions(
  plan: RolloutPlan,
  status: PlanStatus,
  situation: Situation,
  trouble: string | undefined,
  now: number,
): PlanStatus {
  const { reason, message: plain, course } = reasonOf(situation)
  const message = brief(
    trouble ? `${plain}; the API server refused a write, mend why and it is made: ${trouble}` : plain,
    1024,
  )
  const stuckSince = stuckFrom({ ...plan, status }, situation)
  const stuck = stuckSince !== undefined && now >= stuckSince.at
  const why = stuck ? brief(`no progress since ${stuckSince.since}: ${message}`, 1024) : message
  const stalled = course === 'stalled' || stuck

  const wanted: Wanted[] = [
    { type: 'Ready', status: course === 'done' ? 'True' : 'False', reason, message: why },
    { type: 'Reconciling', status: course === 'moving' && !stuck ? 'True' : 'False', reason, message: why },
    { type: 'Stalled', status: stalled ? 'True' : 'False', reason, message: why },
    {
      type: 'Stuck',
      status: stuck ? 'True' : 'False',
      reason: stuck ? reason : 'NotStuck',
      message: stuck ? why : 'progress is within the expected time',
    },
  ]
  return { ...status, conditions: wanted.map(condition => merge(condition, plan, now)) }
}

/** The transition time changes only when the status does (API conventions). */
function merge(condition: Wanted, plan: RolloutPlan, now: number): Condition {
  const before = plan.status.conditions?.find(known => known.type === condition.type)
  return {
    ...condition,
    lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : timestamp(now),
    observedGeneration: plan.metadata.generation,
  }
}

function brief(text: string, length: number): string {
  return text.length <= length ? text : `${cut(text, length - 1)}…`
}
