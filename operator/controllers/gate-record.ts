import { GATE_STATES } from '../api/gate-state.ts'
import type { RolloutPlan } from '../api/object.ts'
import type { GateState, PlanStatus } from '../api/rollout-plan-status.ts'
import type { EventDraft } from './record.ts'

/** A gate whose answer is another one since a status write; `is` tells a skipped one from one that has passed. */
export type GateChange = { readonly stage: string; readonly gate: GateState; readonly is: GateStanding }

export const GATE_STANDINGS = [...GATE_STATES, 'skipped'] as const
export type GateStanding = (typeof GATE_STANDINGS)[number]

export function standingOf({ state, skippedBy }: GateState): GateStanding {
  return skippedBy === undefined ? state : 'skipped'
}

/**
 * The gates whose answers a committed status write has changed. A gate begins as `unknown`, which is no change. What it
 * was is taken from the status that was written over, so no change is found twice, whoever leads.
 */
export function gateChanges(plan: RolloutPlan, after: PlanStatus): readonly GateChange[] {
  return (after.stages ?? []).flatMap(({ id: stage, gates = [] }) => {
    const before = plan.status.stages?.find(({ id }) => id === stage)?.gates
    return gates.flatMap(gate => {
      const known = before?.find(({ name }) => name === gate.name)
      const is = standingOf(gate)
      return is === (known ? standingOf(known) : 'unknown') ? [] : [{ stage, gate, is }]
    })
  })
}

/**
 * What is told of gates that look outside: one Event for each whose answer has changed. Others are told by what follows
 * from them, a skipped one by the transition of that name.
 */
export function gateEvents(changes: readonly GateChange[], regarding: EventDraft['regarding']): EventDraft[] {
  return changes.flatMap(({ stage, gate, is }) =>
    gate.evidence === undefined || is === 'skipped' ? [] : [draft(stage, gate, regarding)],
  )
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
