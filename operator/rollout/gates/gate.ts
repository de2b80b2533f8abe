import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import type { MemberNode } from '../member.ts'
import { timestamp } from '../time.ts'
import { health } from './health.ts'
import { manual } from './manual.ts'
import { timeSoak } from './time-soak.ts'

/** What a gate may look at. Its evidence must be newer than `stage.openedAt`. */
export type GateContext = {
  readonly stage: StageStatus
  readonly members: readonly MemberNode[]
  readonly now: number
}

/**
 * A gate's answer. `unknown` never passes and never counts as failure.
 *
 * `due` is when the answer will be `passed` if nothing changes: a wait that ends by itself.
 * The detail holds no running clock, so that a waiting plan's status stays as it is.
 */
export type GateAnswer = { readonly state: GateState['state']; readonly detail: string; readonly due?: number }

export type GateResult = Omit<GateState, 'due'> & { readonly due?: number }

/** The name by which reports and recoveries know a gate. */
export function gateName(gate: GateSpec): string {
  return gate.name ?? gate.kind
}

/** Asks every gate of the stage; all are asked, so that a report shows all that is missing. */
export function askGates(gates: readonly GateSpec[], context: GateContext): GateResult[] {
  return gates.map(gate => {
    const answer = ask(gate, context)
    const name = gateName(gate)
    const before = context.stage.gates?.find(known => known.name === name)
    const since = before?.state === answer.state ? before.since : timestamp(context.now)
    return { name, kind: gate.kind, since, ...answer, detail: answer.detail.slice(0, 512) }
  })
}

function ask(gate: GateSpec, context: GateContext): GateAnswer {
  switch (gate.kind) {
    case 'time_soak':
      return timeSoak(gate.seconds ?? 0, context)
    case 'health':
      return health(gate.minPercent ?? 100, gate.forSeconds ?? 0, context)
    case 'manual':
      return manual(gate.approvals ?? 1, context)
  }
}
