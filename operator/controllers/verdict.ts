import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { AppliedRecovery, StageStatus } from '../api/rollout-plan-status.ts'
import type { RecoveryStatus, RefusalCode } from '../api/rollout-recovery.ts'
import { timestamp } from '../rollout/time.ts'

/**
 * The status of a recovery that took effect, from the record that the plan keeps of it.
 *
 * @param plan as it was left
 */
export function succeeded(
  recovery: RolloutRecovery,
  applied: AppliedRecovery,
  plan: RolloutPlan,
  now: number,
): RecoveryStatus {
  const { previousPhase, newPhase, skippedStageId, skippedGate, nextStageId, recoveredAt, strategy } = applied
  const stage = skippedStageId === undefined ? '' : `; stage ${skippedStageId} was skipped`
  const skipped = skippedGate === undefined ? stage : `; gate ${skippedGate} was skipped`
  const course =
    previousPhase === newPhase ? `the plan stays ${newPhase}` : `the plan went from ${previousPhase} to ${newPhase}`
  const message = `${strategy} took effect: ${course}${skipped}${strategy === 'retry' ? notRetried(plan.status.stages ?? []) : ''}`
  return {
    phase: 'Succeeded',
    observedGeneration: recovery.metadata.generation,
    previousPhase,
    newPhase,
    ...(skippedStageId === undefined ? {} : { skippedStageId }),
    ...(skippedGate === undefined ? {} : { skippedGate }),
    ...(nextStageId === undefined ? {} : { nextStageId }),
    planUid: plan.metadata.uid,
    recoveredAt,
    message,
    conditions: conditionsOf(recovery, true, 'Succeeded', message, now),
  }
}

/** So many stages are named in one sentence. */
const MOST_NAMED = 3

/** A retry is of the current stage; whoever asks for it may have meant those that failed before, too. */
function notRetried(stages: readonly StageStatus[]): string {
  const failed = stages
    .filter(({ phase, counts }) => phase === 'promoted' && (counts?.failed ?? 0) > 0)
    .map(({ id, counts }) => `${counts?.failed} of ${id}`)
  if (failed.length === 0) return ''
  const more = failed.length > MOST_NAMED ? ` and of ${failed.length - MOST_NAMED} more stages` : ''
  return `; failed nodes of promoted stages are left as they are: ${failed.slice(0, MOST_NAMED).join(', ')}${more}`
}

/**
 * The status of a recovery that had no effect.
 *
 * @param plan that it was judged by, if it was one that it is about
 */
export function rejected(
  recovery: RolloutRecovery,
  { code, message }: { readonly code: RefusalCode; readonly message: string },
  plan: RolloutPlan | undefined,
  now: number,
): RecoveryStatus {
  const reason = code.replace(/(^|_)([a-z])/g, (_, _underscore: string, letter: string) => letter.toUpperCase())
  return {
    phase: 'Rejected',
    observedGeneration: recovery.metadata.generation,
    ...(plan === undefined || code === 'plan_replaced' ? {} : { planUid: plan.metadata.uid }),
    code,
    message,
    conditions: conditionsOf(recovery, false, reason, message, now),
  }
}

/** Ready says that it took effect, Stalled that it never will: what kstatus and `kubectl wait` read. */
function conditionsOf(recovery: RolloutRecovery, effective: boolean, reason: string, message: string, now: number) {
  const common = {
    reason,
    message,
    lastTransitionTime: timestamp(now),
    observedGeneration: recovery.metadata.generation,
  }
  return [
    { ...common, type: 'Ready', status: effective ? 'True' : 'False' },
    { ...common, type: 'Reconciling', status: 'False' },
    { ...common, type: 'Stalled', status: effective ? 'False' : 'True' },
  ] as const
}
