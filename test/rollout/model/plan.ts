import {
  catchUp,
  eligibleFor,
  freeze,
  gatesPassed,
  hasFailed,
  isDeserted,
  lookAtAll,
  settle,
  tellNext,
  withdraw,
} from './stage.ts'
import type { Model, ModelPlan, ModelRecovery, ModelVerdict } from './state.ts'
import { isTerminal, selects } from './state.ts'
import { apply, refusals } from './recovery.ts'

/** Applies what operators ask for, in their order, and lets all plans move until nothing moves any more. */
export function rest(model: Model, recoveries: readonly ModelRecovery[]): ModelVerdict[] {
  const verdicts = new Map<ModelRecovery, ModelVerdict>()
  for (let round = 0; ; round++) {
    if (round > 1000) throw new Error('the model does not come to rest')
    let moved = false
    for (const plan of model.plans) {
      for (;;) {
        lookAtAll(model, plan)
        const asked = recoveries.filter(recovery => recovery.plan === plan.name && !verdicts.has(recovery))
        const recovery = takesTurn(model, plan, asked)
        if (!recovery) break
        const refusedFor = refusals(model, plan, recovery)
        verdicts.set(recovery, { refusedFor })
        if (refusedFor.size > 0) continue
        apply(plan, recovery, model.now)
        // Plans looked at before may see this one differently now.
        moved = true
      }
      while (move(model, plan)) moved = true
    }
    if (!moved) break
  }
  const unknown: ModelVerdict = { refusedFor: new Set(['plan_not_found']) }
  return recoveries.map(recovery => verdicts.get(recovery) ?? unknown)
}

/**
 * The first recovery; but a stage is closed with the members it opened with, and as long as it has not got them only a
 * stop of the plan goes first.
 */
function takesTurn(model: Model, plan: ModelPlan, asked: readonly ModelRecovery[]): ModelRecovery | undefined {
  const [first] = asked
  const closes = (first?.strategy === 'skip_failed' && first.gate === undefined) || first?.strategy === 'halt'
  if (!closes || refusals(model, plan, first).size > 0) return first
  const open = plan.stages.find(({ phase }) => phase === 'open')
  if (!open || open.members || eligibleFor(model, plan, open).length === 0) return first
  const stop = asked.find(
    recovery =>
      (recovery.strategy === 'rollback' || recovery.strategy === 'cancel') &&
      refusals(model, plan, recovery).size === 0,
  )
  if (!stop) freeze(model, plan, open)
  return stop ?? first
}

/** The earlier plan that has to end before this one may start. */
export function waitsFor(model: Model, plan: ModelPlan): ModelPlan | undefined {
  const machines = [...model.machines.values()]
  return model.plans.find(
    other =>
      other.createdAt < plan.createdAt &&
      !isTerminal(other) &&
      other.spec.activation.label === plan.spec.activation.label &&
      machines.some(
        ({ labels }) => selects(other.spec.fleet.selector, labels) && selects(plan.spec.fleet.selector, labels),
      ),
  )
}

/** One move of a plan. Says whether anything moved. */
function move(model: Model, plan: ModelPlan): boolean {
  lookAtAll(model, plan)
  let moved = false
  for (const stage of plan.stages) if (withdraw(model, plan, stage)) moved = true
  if (moved) return true

  switch (plan.phase) {
    case 'rolled_back':
    case 'cancelled':
      return false
    case 'completed':
      return catchUp(model, plan)
    case 'published':
      plan.waiting = waitsFor(model, plan) !== undefined
      if (plan.waiting) return false
      plan.phase = 'active'
      plan.startedAt ??= model.now
      return true
    case 'active':
    case 'paused':
      return moveStage(model, plan)
  }
}

function moveStage(model: Model, plan: ModelPlan): boolean {
  const stage = plan.stages.find(({ phase }) => phase === 'open')
  if (plan.phase === 'paused') return stage?.members ? settle(model, stage) : false
  if (!stage) return openNext(plan)
  if (!stage.members) return freeze(model, plan, stage) || catchUp(model, plan)
  if (settle(model, stage)) return true
  if (stage.settledAt !== undefined && !isDeserted(stage) && gatesPassed(model, stage).every(passed => passed)) {
    stage.phase = 'promoted'
    return openNext(plan)
  }
  if (!hasFailed(stage) && tellNext(model, plan, stage, () => true)) return true
  return catchUp(model, plan)
}

/** Opens the first stage that has not been opened yet, or else completes the plan. */
export function openNext(plan: ModelPlan): true {
  const next = plan.stages.find(({ phase }) => phase === 'pending')
  if (next) next.phase = 'open'
  else plan.phase = 'completed'
  return true
}
