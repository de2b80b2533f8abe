import type { RolloutPlan } from '../../api/object.ts'
import type { Evidence } from '../../api/gate-state.ts'
import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import { evaluationName } from '../gates/evaluation.ts'
import { gateName, holdsUp } from '../gates/gate.ts'
import { instant } from '../time.ts'

export type GateRow = {
  readonly name: string
  readonly kind: string
  readonly state: GateState['state']
  readonly passed: boolean
  /** RFC 3339; absent for a gate that was never asked. */
  readonly since?: string
  readonly detail: string
  /** It reports, and holds nothing up. */
  readonly dryRun?: true
  /** Who had it passed for this stage. */
  readonly skippedBy?: string
  /** Of the question that a report is waited for. */
  readonly evaluation?: string
  /** Of a gate that looks outside. */
  readonly evidence?: Evidence
}

export type GateReport = {
  readonly stagePhase: StageStatus['phase']
  readonly gates: readonly GateRow[]
  /** There is a manual gate, and it has its approvals. */
  readonly manualApproved: boolean
  /** No gate is left that holds the stage up; whether the nodes have settled is another matter. */
  readonly allPassed: boolean
}

/** The gates of a stage as they were last seen; undefined when the plan has no such stage. */
export function gatesOf(plan: RolloutPlan, stageId: string): GateReport | undefined {
  const spec = plan.spec.stages.find(({ id }) => id === stageId)
  if (!spec) return undefined
  const stage = plan.status.stages?.find(({ id }) => id === stageId) ?? { id: stageId, phase: 'pending' }
  const gates = spec.gates.map((gate): GateRow => {
    const name = gateName(gate)
    const known = stage.gates?.find(state => state.name === name)
    const dryRun = gate.dryRun ? { dryRun: true as const } : {}
    if (!known) return { name, kind: gate.kind, state: 'unknown', passed: false, detail: unasked(stage), ...dryRun }
    const { state, since, detail, skippedBy, evidence } = known
    return {
      name,
      kind: gate.kind,
      state,
      passed: state === 'passed',
      since,
      detail: detail ?? '',
      ...dryRun,
      ...(skippedBy === undefined ? {} : { skippedBy }),
      ...(stage.phase === 'open' && skippedBy === undefined ? awaitedBy(plan, stage.id, name, evidence) : {}),
      ...(evidence === undefined ? {} : { evidence }),
    }
  })
  const manual = gates.filter(({ kind }) => kind === 'manual')
  return {
    stagePhase: stage.phase,
    gates,
    manualApproved: manual.length > 0 && manual.every(({ passed }) => passed),
    allPassed: !gates.some(holdsUp),
  }
}

function awaitedBy(
  { metadata: { uid } }: RolloutPlan,
  stage: string,
  gate: string,
  evidence: Evidence | undefined,
): Pick<GateRow, 'evaluation'> {
  if (evidence?.askedAt === undefined || evidence.reportBy === undefined) return {}
  return { evaluation: evaluationName({ uid, stage, gate, at: instant(evidence.askedAt) }) }
}

function unasked({ phase, skipped }: StageStatus): string {
  switch (phase) {
    case 'pending':
      return 'the stage has not opened yet'
    case 'open':
      return 'not asked yet'
    case 'promoted':
    case 'halted':
      return skipped
        ? 'the stage was promoted past its gates'
        : `the stage is ${phase}; what its gates said was left out to keep the status small`
  }
}
