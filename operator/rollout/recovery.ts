import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { AppliedRecovery, HistoryEntry, StageStatus } from '../api/rollout-plan-status.ts'
import type { RecoverySpec, Strategy } from '../api/rollout-recovery.ts'
import { cut } from './cut.ts'
import { type Decision, conclude } from './decision.ts'
import { readBitmap } from './bitmap.ts'
import { approve, skipGate } from './gate-recovery.ts'
import { report } from './gate-report.ts'
import type { Observation } from './observation.ts'
import { type Outcome, type Refusal, type Step, refuse, replaced } from './outcome.ts'
import { hasEnded } from './catch-up.ts'
import { membersToFreeze, openNext } from './opening.ts'
import { retry } from './retry.ts'
import { type SurveyedStage, blind, recounted, survey } from './survey.ts'
import { instant, timestamp } from './time.ts'
import { toWithdraw } from './withdrawal.ts'

/** Judges a recovery against the plan as it is, and says what it does. Pure. */
export function recover(observation: Observation, recovery: RolloutRecovery, now: number): Outcome {
  const { plan } = observation
  const refusal = precondition(plan, recovery)
  if (refusal) return refusal
  const surveyed = survey(observation, now)
  const step = effect(observation, surveyed, recovery, now)
  if ('code' in step) return step

  const { strategy, operator, reason } = recovery.spec
  const at = timestamp(now)
  const result: AppliedRecovery = {
    uid: recovery.metadata.uid,
    name: recovery.metadata.name,
    strategy,
    previousPhase: plan.status.phase,
    newPhase: step.phase,
    ...(step.skippedStageId === undefined ? {} : { skippedStageId: step.skippedStageId }),
    ...(step.skippedGate === undefined ? {} : { skippedGate: step.skippedGate }),
    ...(step.nextStageId === undefined ? {} : { nextStageId: step.nextStageId }),
    recoveredAt: at,
  }
  if (step.postponed || isPostponed(observation, surveyed, recovery.spec)) return { kind: 'postponed', result }
  if (strategy === 'gate-report')
    return { kind: 'applied', result, decision: reported(observation, surveyed, step, result, now) }
  const entry: HistoryEntry = {
    at,
    event: 'Recovered',
    strategy,
    recovery: recovery.metadata.name,
    message: cut(reason, 256),
    ...(operator === undefined ? {} : { operator }),
    ...(plan.status.currentStageId === undefined ? {} : { stage: plan.status.currentStageId }),
  }
  const transitions = [entry, ...(step.transitions ?? [])]
  const updatedAt = strategy === 'pause' ? (plan.status.updatedAt ?? at) : at
  const decision = conclude(withRecord(observation, result), surveyed, { ...step, updatedAt, transitions }, now)
  return { kind: 'applied', result, decision: { ...decision, activate: [], withdraw: [] } }
}

/**
 * A report is no step of the plan: it is no progress, is not told among the transitions, of which a status keeps few, and
 * leaves it to the next look at the plan what it waits for now.
 */
function reported(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  step: Step,
  result: AppliedRecovery,
  now: number,
): Decision {
  const { updatedAt = result.recoveredAt, conditions } = observation.plan.status
  const decision = conclude(withRecord(observation, result), surveyed, { ...step, updatedAt }, now)
  const status = conditions === undefined ? decision.status : { ...decision.status, conditions }
  return { ...decision, status, activate: [], withdraw: [] }
}

/** The plan as it is, with the record of the recovery: whatever is decided from it keeps that. */
function withRecord(observation: Observation, result: AppliedRecovery): Observation {
  const { plan } = observation
  return { ...observation, plan: { ...plan, status: { ...plan.status, lastRecovery: result } } }
}

/** Whether a recovery holds up nobody while it is postponed: it changes no course. */
export function waitsAlone({ strategy }: Pick<RolloutRecovery['spec'], 'strategy'>): boolean {
  return strategy === 'gate-report'
}

/** Whether a recovery that nothing speaks against ends the plan: it is judged before those that are postponed. */
export function endsPlan({ strategy }: Pick<RolloutRecovery['spec'], 'strategy'>): boolean {
  return strategy === 'rollback' || strategy === 'cancel'
}

/** A stage is promoted or halted with the members that it had when it opened, so it must have them first. */
function isPostponed(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  { strategy, gate }: Pick<RecoverySpec, 'strategy' | 'gate'>,
): boolean {
  if ((strategy !== 'skip_failed' || gate !== undefined) && strategy !== 'halt') return false
  const current = surveyed.find(({ status }) => status.id === observation.plan.status.currentStageId)
  return current?.kind === 'unopened' && membersToFreeze(observation, surveyed, current).members.length > 0
}

/** What refuses every strategy alike. */
function precondition({ metadata, status }: RolloutPlan, { metadata: request, spec }: RolloutRecovery) {
  if (spec.planUid !== undefined && spec.planUid !== metadata.uid)
    return refuse(
      'plan_replaced',
      `plan ${metadata.name} has UID ${metadata.uid}, not ${spec.planUid}: it was replaced`,
    )
  if (instant(request.creationTimestamp) < instant(metadata.creationTimestamp))
    return refuse('plan_replaced', `plan ${metadata.name} is newer than this recovery: it was replaced meanwhile`)
  if (hasEnded(status))
    return refuse('plan_already_terminal', `plan ${metadata.name} is ${status.phase}; nothing is left to do`)
  if (spec.stageId === undefined) return undefined
  const { currentStageId } = status
  if (currentStageId === undefined)
    return refuse('no_current_stage', `plan ${metadata.name} has not opened a stage yet`)
  if (spec.stageId !== currentStageId)
    return refuse(
      'stage_not_current',
      `the current stage of plan ${metadata.name} is ${currentStageId}, not ${spec.stageId}`,
    )
  return undefined
}

function effect(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  recovery: RolloutRecovery,
  now: number,
): Step | Refusal {
  const { plan } = observation
  const { strategy } = recovery.spec
  const { phase, currentStageId } = plan.status
  const stages = refreshed(observation, surveyed)
  const current = stages.find(stage => stage.id === currentStageId)
  const who = recovery.spec.operator === undefined ? '' : ` by ${recovery.spec.operator}`
  const same = { phase, stages, currentStageId } as const

  switch (strategy) {
    case 'rollback':
    case 'cancel': {
      const cancel = strategy === 'cancel'
      const at = timestamp(now)
      const closed = stages.map(stage => (stage.phase === 'open' ? close(stage, 'halted', now) : stage))
      const activated = closed.reduce((sum, stage) => sum + readBitmap(stage.confirmed).size, 0)
      return {
        ...same,
        phase: cancel ? 'cancelled' : 'rolled_back',
        stages: closed,
        completedAt: at,
        transitions: [{ at, event: cancel ? 'PlanCancelled' : 'PlanRolledBack' }],
        situation: { kind: cancel ? 'cancelled' : 'rolled-back', inFlight: inFlight(closed, surveyed), activated },
      }
    }
    case 'retry':
      return retry(observation, surveyed, stages, now, who)
    case 'skip_failed': {
      if (phase !== 'active' || !current) return notActive(plan, strategy)
      if (recovery.spec.gate !== undefined) return skipGate(plan, recovery, recovery.spec.gate, same, current, now)
      const at = timestamp(now)
      const skipped: StageStatus = { ...close(current, 'promoted', now), skipped: true }
      const position = stages.indexOf(current) + 1
      const entry: HistoryEntry = { at, event: 'StageSkipped', stage: current.id }
      const next = openNext(replaced(stages, skipped), position, now, [entry])
      return {
        ...next,
        skippedStageId: current.id,
        ...(next.currentStageId ? { nextStageId: next.currentStageId } : {}),
      }
    }
    case 'halt': {
      if (current?.phase === 'halted') return refuse('stage_halted', `stage ${current.id} is halted already`)
      if (phase !== 'active' || !current) return notActive(plan, strategy)
      return {
        ...same,
        phase: 'paused',
        stages: replaced(stages, close(current, 'halted', now)),
        transitions: [{ at: timestamp(now), event: 'StageHalted', stage: current.id }],
        situation: { kind: 'halted', stage: current.id },
      }
    }
    case 'pause':
      if (phase !== 'active') return notActive(plan, strategy)
      return { ...same, phase: 'paused', situation: { kind: 'paused', stage: currentStageId } }
    case 'resume':
      if (phase !== 'paused')
        return refuse('plan_not_paused', `plan ${plan.metadata.name} is ${phase}, so there is nothing to resume`)
      if (current?.phase === 'halted')
        return refuse(
          'stage_halted',
          `stage ${current.id} was halted for good; use retry, which goes on with the next stage`,
        )
      return { ...same, phase: 'active', situation: { kind: 'stepping', message: `resumed${who}` } }
    case 'approve':
      return approve(plan, recovery, same, current, now)
    case 'gate-report': {
      const known = surveyed.find(({ status }) => status.id === currentStageId)
      return report(plan, recovery, same, known, now)
    }
  }
}

/** The stages with counts and who has confirmed as they are now: what a stop settles for good. */
function refreshed(observation: Observation, surveyed: readonly SurveyedStage[]): readonly StageStatus[] {
  return surveyed.map(stage => {
    if (stage.kind !== 'known' || stage.status.phase === 'halted' || blind(observation)) return stage.status
    return recounted(stage.status, stage.members)
  })
}

/** Nodes that carry this plan's activation and will be withdrawn. */
function inFlight(stages: readonly StageStatus[], surveyed: readonly SurveyedStage[]): number {
  return surveyed.reduce((sum, stage, position) => {
    if (stage.kind !== 'known') return sum
    const { has } = readBitmap(stages[position]?.confirmed)
    return sum + toWithdraw(stage.members, has).length
  }, 0)
}

function close(stage: StageStatus, phase: 'promoted' | 'halted', now: number): StageStatus {
  return { ...stage, phase, closedAt: timestamp(now) }
}

function notActive(plan: RolloutPlan, strategy: Strategy): Refusal {
  const { phase } = plan.status
  const halted = plan.status.stages?.some(stage => stage.id === plan.status.currentStageId && stage.phase === 'halted')
  const hint = phase === 'paused' ? `: ${halted ? 'retry first' : wayOn(strategy)}` : ''
  return refuse(
    'plan_not_active',
    `plan ${plan.metadata.name} is ${phase}, and ${strategy} needs an active plan${hint}`,
  )
}

/** What to do instead with a paused plan. A resumed plan tells nodes at once: nobody who wants it stopped should be surprised. */
function wayOn(strategy: Strategy): string {
  if (strategy === 'pause') return 'it is paused already'
  if (strategy === 'halt')
    return 'rollback or cancel stop it for good; to halt the stage only, resume it first, which tells further nodes, and halt then'
  return 'resume it first, which tells further nodes'
}
