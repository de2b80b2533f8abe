import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Deed, currentStage, holdingGates, openManualGate } from '../view/offer.ts'

/** Something that is about to be asked for, without its reason. */
export type Draft =
  | { readonly deed: Exclude<Deed, 'approve'>; readonly plan: string; readonly stage?: string }
  | { readonly deed: 'approve' | 'skip_gate'; readonly plan: string; readonly stage: string; readonly gate: string }

/** What goes to the orchestrator. The reason is what a person typed, word for word. */
export type Request = Draft & { readonly reason: string }

/** What the plan was like when the question was put; another plan must not be acted on by mistake. */
export type Basis = {
  readonly uid: string
  readonly phase: RolloutBody['phase']
  readonly stage: string | undefined
  /** The gate that the question is about, if it is about one to be skipped. */
  readonly gate?: string
}

/** In words, as an action is called elsewhere. */
export function nameOf({ deed, ...rest }: Draft): string {
  return deed === 'skip_gate' && 'gate' in rest ? `skip_failed of gate ${rest.gate}` : deed
}

export function draftOfGate(plan: RolloutBody, gate: string): Draft {
  return { deed: 'skip_gate', plan: plan.plan_id, stage: currentStage(plan)?.stage_id ?? '', gate }
}

/** With the current stage as a precondition, so that the server too refuses once the plan has moved on. */
export function draftOf(plan: RolloutBody, deed: Deed): Draft | undefined {
  const { plan_id: name } = plan
  if (deed === 'approve') {
    const manual = openManualGate(plan)
    return manual && { deed, plan: name, ...manual }
  }
  const stage = currentStage(plan)?.stage_id
  return { deed, plan: name, ...(stage === undefined ? {} : { stage }) }
}

export function basisOf({ uid, phase, current_stage_id: stage }: RolloutBody): Basis {
  return { uid, phase, stage }
}

/** Why the question is not the same any more; undefined while it is. */
export function movedOn(plan: RolloutBody | undefined, basis: Basis): string | undefined {
  if (plan === undefined) return 'the plan cannot be seen any more'
  if (plan.uid !== basis.uid) return `${plan.plan_id} was replaced by another plan of that name`
  if (plan.phase !== basis.phase) return `${plan.plan_id} is ${plan.phase.replace('_', ' ')} meanwhile`
  if (plan.current_stage_id !== basis.stage)
    return `${plan.plan_id} has gone on to stage ${plan.current_stage_id ?? '(none)'} meanwhile`
  const { gate } = basis
  if (gate === undefined || holdingGates(plan).some(({ name }) => name === gate)) return undefined
  return `gate ${gate} holds nothing up any more`
}
