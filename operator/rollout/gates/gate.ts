import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import { timestamp } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { health } from './health.ts'
import { manual } from './manual.ts'
import { timeSoak } from './time-soak.ts'

export type GateResult = Omit<GateState, 'due'> & { readonly due?: number }

/** The name by which reports and recoveries know a gate. */
export function gateName(gate: GateSpec): string {
  return gate.name ?? gate.kind
}

/** Asks every gate of the stage; all are asked, so that a report shows all that is missing. */
export function askGates(gates: readonly GateSpec[], context: GateContext): GateResult[] {
  return gates.map(gate => {
    const name = gateName(gate)
    const before = context.stage.gates?.find(known => known.name === name)
    const answer = ask(gate, context, before)
    const since = before?.state === answer.state ? before.since : timestamp(context.now)
    return { name, kind: gate.kind, since, ...answer, detail: answer.detail.slice(0, 512) }
  })
}

function ask(gate: GateSpec, context: GateContext, before: GateState | undefined): GateAnswer {
  switch (gate.kind) {
    case 'time_soak':
      return timeSoak(gate.seconds ?? 0, context)
    case 'health':
      return health(gate.minPercent ?? 100, gate.forSeconds ?? 0, context, before)
    case 'manual':
      return manual(gate.approvals ?? 1, context)
  }
}
