import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import { cut } from '../cut.ts'
import { startingPoint, timestamp } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { health } from './health.ts'
import { job } from './job.ts'
import { manual } from './manual.ts'
import { metric } from './metric.ts'
import { timeSoak } from './time-soak.ts'
import { webhook } from './webhook.ts'

export type GateResult = Omit<GateState, 'due'> & Pick<GateAnswer, 'due' | 'lookAt'>

/** The name by which reports and recoveries know a gate. */
export function gateName(gate: GateSpec): string {
  return gate.name ?? gate.kind
}

/** Whether the stage waits for this gate. */
export function holdsUp({ state, dryRun }: Pick<GateState, 'state' | 'dryRun'>): boolean {
  return state !== 'passed' && dryRun !== true
}

/** Asks every gate of the stage; all are asked, so that a report shows all that is missing. */
export function askGates(gates: readonly GateSpec[], context: GateContext): GateResult[] {
  return gates.map(gate => {
    const name = gateName(gate)
    const before = context.stage.gates?.find(known => known.name === name)
    const by = skipperOf(context.stage, name)
    const answer = by === undefined ? ask(gate, name, context, before) : skipped(by, before)
    const since = before?.state === answer.state ? before.since : timestamp(context.now)
    return {
      name,
      kind: gate.kind,
      since,
      ...answer,
      detail: cut(answer.detail, 512),
      ...(gate.dryRun ? { dryRun: true } : {}),
      ...(by === undefined ? {} : { skippedBy: by }),
    }
  })
}

/** What the status keeps of it. */
export function stateOf({ due, lookAt: _, ...state }: GateResult): GateState {
  return due === undefined ? state : { ...state, due: startingPoint(due) }
}

/** Who had the gate passed for this stage, if somebody had. */
export function skipperOf({ skippedGates }: StageStatus, gate: string): string | undefined {
  return skippedGates?.find(skipped => skipped.gate === gate)?.operator
}

/** What it had seen until then stays to be read. */
function skipped(by: string, before: GateState | undefined): GateAnswer {
  const evidence = before?.evidence === undefined ? {} : { evidence: before.evidence }
  return { state: 'passed', detail: `skipped by ${by}`, ...evidence }
}

function ask(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  switch (gate.kind) {
    case 'time_soak':
      return timeSoak(gate.seconds ?? 0, context)
    case 'health':
      return health(gate.minPercent ?? 100, gate.forSeconds ?? 0, context, before)
    case 'manual':
      return manual(gate.approvals ?? 1, context)
    case 'metric':
      return metric(gate, name, context, before)
    case 'webhook':
      return webhook(gate, name, context, before)
    case 'job':
      return job(gate, name, context, before)
  }
}
