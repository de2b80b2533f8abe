import type { RolloutPlan } from '../api/object.ts'
import type { GateState, PlanStatus } from '../api/rollout-plan-status.ts'
import type { EventDraft } from './record.ts'

/**
 * What a committed status write tells of gates that look outside: one Event for each whose answer has changed. Others are
 * told by what follows from them.
 */
export function gateEvents(plan: RolloutPlan, after: PlanStatus, regarding: EventDraft['regarding']): EventDraft[] {
  return (after.stages ?? []).flatMap(stage => {
    const before = plan.status.stages?.find(({ id }) => id === stage.id)?.gates
    return (stage.gates ?? [])
      .filter(gate => gate.evidence !== undefined && gate.skippedBy === undefined)
      .filter(({ name, state }) => (before?.find(known => known.name === name)?.state ?? 'unknown') !== state)
      .map(gate => draft(stage.id, gate, regarding))
  })
}

const REASONS = { passed: 'GatePassed', failed: 'GateFailed', unknown: 'GateUnknown' } as const

function draft(stage: string, gate: GateState, regarding: EventDraft['regarding']): EventDraft {
  const { name, kind, state, since, detail, dryRun } = gate
  const dry = dryRun ? ' (dry run: it holds nothing up)' : ''
  return {
    regarding,
    type: state === 'passed' ? 'Normal' : 'Warning',
    reason: REASONS[state],
    action: 'Evaluate',
    note: `stage ${stage}: ${kind} gate ${name} ${detail ?? state}${dry}`,
    id: `gate/${stage}/${name}/${state}/${since}`,
  }
}
