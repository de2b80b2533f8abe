import type { RefusalCode } from '../../../operator/api/rollout-recovery.ts'
import { openNext, waitsFor } from './plan.ts'
import type { Model, ModelPlan, ModelRecovery } from './state.ts'
import { currentStage, isTerminal } from './state.ts'

/** Every reason why this recovery cannot be applied now; none when it can. */
export function refusals(model: Model, plan: ModelPlan, recovery: ModelRecovery): ReadonlySet<RefusalCode> {
  const replaced = recovery.planUid !== undefined && recovery.planUid !== plan.uid
  if (replaced || recovery.createdAt < plan.createdAt) return new Set(['plan_replaced'])
  if (isTerminal(plan)) return new Set(['plan_already_terminal'])

  const reasons = new Set<RefusalCode>()
  const current = currentStage(plan)
  if (recovery.stage !== undefined && recovery.stage !== current?.spec.id) reasons.add('stage_not_current')
  if (recovery.stage !== undefined && plan.phase === 'published') reasons.add('no_current_stage')
  switch (recovery.strategy) {
    case 'rollback':
    case 'cancel':
      break
    case 'retry':
      if (plan.phase === 'published' && waitsFor(model, plan)) reasons.add('waiting_for_plan')
      break
    case 'skip_failed':
    case 'halt':
      if (plan.phase !== 'active') reasons.add('plan_not_active')
      if (current?.phase === 'halted') reasons.add('stage_halted')
      if (current?.phase === 'pending') reasons.add('no_current_stage')
      if (recovery.gate !== undefined) {
        const known = current?.spec.gates.some(({ name, kind }) => (name ?? kind) === recovery.gate)
        if (!known) reasons.add('gate_not_found')
        if (current?.skippedGates.includes(recovery.gate)) reasons.add('already_skipped')
      }
      break
    case 'pause':
      if (plan.phase !== 'active') reasons.add('plan_not_active')
      break
    case 'resume':
      if (plan.phase !== 'paused') reasons.add('plan_not_paused')
      if (plan.phase === 'paused' && current?.phase === 'halted') reasons.add('stage_halted')
      break
    case 'approve': {
      if (plan.phase === 'published') reasons.add('plan_not_active')
      if (current?.phase === 'halted') reasons.add('stage_halted')
      if (current?.phase === 'pending') reasons.add('no_current_stage')
      const gate = current?.spec.gates.find(({ kind }) => kind === 'manual')
      if (!gate) reasons.add('no_manual_gate')
      const approvers = current?.approvers ?? []
      const enough = approvers.length >= (gate?.approvals ?? 1)
      if (gate && (enough || approvers.includes(recovery.operator))) reasons.add('already_approved')
      break
    }
    // No plan of the model has a gate that takes reports.
    case 'gate-report':
      if (plan.phase === 'published') reasons.add('no_current_stage')
      if (current?.phase === 'halted') reasons.add('stage_halted')
      if (current?.phase === 'pending') reasons.add('no_current_stage')
      reasons.add('gate_not_found')
  }
  return reasons
}

/** Does what a recovery asks for that nothing speaks against. */
export function apply(plan: ModelPlan, { strategy, operator, gate }: ModelRecovery, now: number): void {
  const open = plan.stages.find(({ phase }) => phase === 'open')
  switch (strategy) {
    case 'rollback':
    case 'cancel':
      plan.phase = strategy === 'rollback' ? 'rolled_back' : 'cancelled'
      if (open) open.phase = 'halted'
      break
    case 'retry':
      plan.phase = 'active'
      plan.startedAt ??= now
      if (!open) {
        openNext(plan)
        break
      }
      open.attempt += 1
      for (const member of open.members ?? []) {
        if (member.kind !== 'failed') continue
        member.again = true
        member.confirmed = false
      }
      break
    case 'skip_failed':
      if (gate !== undefined) {
        open?.skippedGates.push(gate)
        break
      }
      if (open) {
        open.phase = 'promoted'
        open.skipped = true
      }
      openNext(plan)
      break
    case 'halt':
      if (open) open.phase = 'halted'
      plan.phase = 'paused'
      break
    case 'pause':
      plan.phase = 'paused'
      break
    case 'resume':
      plan.phase = 'active'
      break
    case 'approve':
      open?.approvers.push(operator)
      break
    case 'gate-report':
      break
  }
}
