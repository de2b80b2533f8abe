import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { StageStatus } from '../api/rollout-plan-status.ts'
import { nameToKeep } from './clip.ts'
import type { Draft } from './decision.ts'
import { gateName, skipperOf } from './gates/gate.ts'
import { type Refusal, type Step, refuse, replaced } from './outcome.ts'
import { timestamp } from './time.ts'

/** What recoveries do that are about one gate of the current stage. */

type Same = Pick<Draft, 'phase' | 'stages' | 'currentStageId'>

/** One approval of this operator for the manual gate. */
export function approve(
  plan: RolloutPlan,
  { metadata, spec }: RolloutRecovery,
  same: Same,
  current: StageStatus | undefined,
  now: number,
): Step | Refusal {
  if (!current) return refuse('no_current_stage', `plan ${plan.metadata.name} has not opened a stage yet`)
  if (current.phase === 'halted') return refuse('stage_halted', `stage ${current.id} was halted for good`)
  const gate = gatesOf(plan, current).find(({ kind }) => kind === 'manual')
  if (!gate) return refuse('no_manual_gate', `stage ${current.id} has no manual gate`)
  const operator = nameToKeep(spec.operator ?? '')
  const approvals = current.approvals ?? []
  const needed = gate.approvals ?? 1
  if (approvals.some(approval => approval.operator === operator))
    return refuse('already_approved', `${operator} has approved gate ${gateName(gate)} already; another operator must`)
  if (approvals.length >= needed)
    return refuse('already_approved', `gate ${gateName(gate)} has its ${needed} approvals already`)
  const approval = { operator, approvedAt: timestamp(now), recovery: metadata.name }
  return {
    ...same,
    stages: replaced(same.stages, { ...current, approvals: [...approvals, approval] }),
    situation: { kind: 'stepping', message: `gate ${gateName(gate)} was approved by ${operator}` },
  }
}

/** Has one gate passed for this stage, with the name of who asked for it; the stage goes on waiting for the others. */
export function skipGate(
  plan: RolloutPlan,
  { metadata, spec }: RolloutRecovery,
  gate: string,
  same: Same,
  current: StageStatus,
  now: number,
): Step | Refusal {
  const names = gatesOf(plan, current).map(gateName)
  if (!names.includes(gate)) {
    const has = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
    return refuse('gate_not_found', `stage ${current.id} has no gate ${gate}: ${has}`)
  }
  const by = skipperOf(current, gate)
  if (by !== undefined)
    return refuse('already_skipped', `gate ${gate} of stage ${current.id} was skipped by ${by} already`)
  const operator = nameToKeep(spec.operator ?? 'unknown')
  const at = timestamp(now)
  const skipped = { gate, operator, skippedAt: at, recovery: metadata.name }
  return {
    ...same,
    stages: replaced(same.stages, { ...current, skippedGates: [...(current.skippedGates ?? []), skipped] }),
    skippedGate: gate,
    transitions: [{ at, event: 'GateSkipped', stage: current.id, message: gate }],
    situation: { kind: 'stepping', message: `gate ${gate} was skipped by ${operator}` },
  }
}

function gatesOf({ spec }: RolloutPlan, { id }: StageStatus) {
  return spec.stages.find(stage => stage.id === id)?.gates ?? []
}
