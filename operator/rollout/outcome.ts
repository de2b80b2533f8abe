import type { AppliedRecovery, StageStatus } from '../api/rollout-plan-status.ts'
import type { RefusalCode } from '../api/rollout-recovery.ts'
import type { Decision, Draft } from './decision.ts'

/**
 * The outcome of one recovery.
 *
 * `applied`: the decision's status is to be written, preconditioned on the plan it was decided from; it records the
 * recovery's UID and result in the same write, so the recovery takes effect once, whatever crashes afterwards.
 * `postponed`: it will come to this result, but the stage that it closes has still to be given its members; a stage
 * closed without them would lose them, or leave them to the next one. Freezing them is the BatchPromoter's next step.
 * So will a report on a question that the plan's status does not know yet.
 * `refused`: nothing changes.
 */
export type Outcome =
  | { readonly kind: 'applied'; readonly decision: Decision; readonly result: AppliedRecovery }
  | { readonly kind: 'postponed'; readonly result: AppliedRecovery }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string }

export type Refusal = Extract<Outcome, { kind: 'refused' }>

/** What a recovery makes of the plan, and what of that its result names. */
export type Step = Draft &
  Pick<AppliedRecovery, 'skippedStageId' | 'skippedGate' | 'nextStageId'> & { readonly postponed?: true }

export function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: 'refused', code, message }
}

export function replaced(stages: readonly StageStatus[], stage: StageStatus): readonly StageStatus[] {
  return stages.map(known => (known.id === stage.id ? stage : known))
}
