import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Stage } from './shares.ts'

export type Deed = 'rollback' | 'retry' | 'skip_failed' | 'halt' | 'pause' | 'resume' | 'approve'

/** Whether something can be done now, and if not, why and what instead. */
export type Offer = { readonly kind: 'possible' } | { readonly kind: 'refused'; readonly why: string }

const POSSIBLE: Offer = { kind: 'possible' }

export function currentStage({ stages, current_stage_id }: RolloutBody): Stage | undefined {
  return stages.find(({ stage_id }) => stage_id === current_stage_id)
}

/** The manual gate of the current stage that still wants approvals. */
export function openManualGate(plan: RolloutBody): { readonly stage: string; readonly gate: string } | undefined {
  const stage = currentStage(plan)
  if (stage?.phase !== 'open') return undefined
  const gate = stage.gates.find(({ kind, passed }) => kind === 'manual' && !passed)
  return gate && { stage: stage.stage_id, gate: gate.name }
}

/** Whether the stage waits for this gate. */
export function holdsUp({ passed, dry_run: dry }: Stage['gates'][number]): boolean {
  return !passed && dry !== true
}

/** The gates that hold the current stage up. */
export function holdingGates(plan: RolloutBody): Stage['gates'] {
  const stage = currentStage(plan)
  return stage?.phase === 'open' ? stage.gates.filter(holdsUp) : []
}

/** Whether one gate can be skipped now. */
export function offerOfGate(plan: RolloutBody): Offer {
  const offer = offerOf(plan, 'skip_failed')
  if (offer.kind === 'refused' || holdingGates(plan).length > 0) return offer
  return refused(`no gate holds stage ${currentStage(plan)?.stage_id ?? ''} up: there is none to skip`)
}

/** As the state machine would judge it now; the server has the last word. */
export function offerOf(plan: RolloutBody, deed: Deed): Offer {
  const { phase, plan_id } = plan
  if (phase === 'completed' || phase === 'rolled_back' || phase === 'cancelled')
    return refused(`${plan_id} is ${phase.replace('_', ' ')}: it has ended, nothing is left to do`)
  const stage = currentStage(plan)
  const halted = stage?.phase === 'halted'
  switch (deed) {
    case 'rollback':
      return POSSIBLE
    case 'retry':
      return plan.waiting_for === undefined
        ? POSSIBLE
        : refused(`${plan_id} waits for ${plan.waiting_for}, which moves some of the same nodes: see to that one`)
    case 'skip_failed':
    case 'halt':
      if (halted) return refused(`stage ${stage.stage_id} is halted for good: retry goes on with the next one`)
      if (phase === 'paused')
        return refused(
          `${plan_id} is paused: r, rollback, stops it for good; p resumes it first, and nodes are told again`,
        )
      return stage?.phase === 'open' ? POSSIBLE : refused('no stage is open yet')
    case 'pause':
      return phase === 'active' ? POSSIBLE : refused(`${plan_id} is ${phase}: only an active plan can be paused`)
    case 'resume':
      if (halted) return refused(`stage ${stage.stage_id} is halted for good: retry goes on with the next one`)
      return phase === 'paused' ? POSSIBLE : refused(`${plan_id} is ${phase}: there is nothing to resume`)
    case 'approve':
      return openManualGate(plan) === undefined ? refused(noApproval(stage)) : POSSIBLE
  }
}

function noApproval(stage: Stage | undefined): string {
  if (stage?.phase !== 'open') return 'no stage is open, so there is nothing to approve'
  const manual = stage.gates.some(({ kind }) => kind === 'manual')
  return manual
    ? `stage ${stage.stage_id} has its approvals already`
    : `stage ${stage.stage_id} has no manual gate, so there is nothing to approve`
}

function refused(why: string): Offer {
  return { kind: 'refused', why }
}
