import type { Evidence, GateState } from '../api/gate-state.ts'
import type { PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'
import { clip, nameToKeep } from './clip.ts'

/** Bytes of JSON that a plan's status never exceeds, its bitmaps excepted (one bit a node). */
export const STATUS_LIMIT = 20_000

/** What is given up first when a status grows too large; each step keeps what a person needs most. */
const SHORTENINGS: readonly ((status: PlanStatus) => PlanStatus)[] = [
  eachStage(closedEvidenceShort),
  eachStage(closedGatesGone),
  status => ({ ...status, history: (status.history ?? []).slice(-10) }),
  status => ({ ...status, failingNodes: (status.failingNodes ?? []).slice(0, 10) }),
  eachStage(detailsGone),
  eachStage(skippedEvidenceGone),
  eachStage(troublesClipped),
  status => ({
    ...status,
    history: (status.history ?? []).slice(-5),
    failingNodes: (status.failingNodes ?? []).slice(0, 5),
  }),
  eachStage(closedApprovalsGone),
  messagesClipped(256),
  status => ({ ...status, history: [], failingNodes: [] }),
  eachStage(closedCountsGone),
  eachStage(namesClipped),
  eachStage(valuesClipped),
  messagesClipped(128),
]

/** Keeps the status within its limit; says `truncated` when something was left out. */
export function fit(status: PlanStatus): PlanStatus {
  const { truncated: _, ...whole } = status
  let fitted: PlanStatus = whole
  for (const shorten of SHORTENINGS) {
    if (sizeOf(fitted) <= STATUS_LIMIT) break
    fitted = { ...shorten(fitted), truncated: true }
  }
  return fitted
}

function sizeOf(status: PlanStatus): number {
  const stages = (status.stages ?? []).map(
    ({ confirmed: _, retried: _retried, withheld: _withheld, ...stage }) => stage,
  )
  return Buffer.byteLength(JSON.stringify({ ...status, stages }))
}

function eachStage(shorten: (stage: StageStatus) => StageStatus): (status: PlanStatus) => PlanStatus {
  return status => ({ ...status, stages: (status.stages ?? []).map(shorten) })
}

function eachEvidence(stage: StageStatus, shorten: (evidence: Evidence) => Evidence): StageStatus {
  const short = (gate: GateState) => (gate.evidence ? { ...gate, evidence: shorten(gate.evidence) } : gate)
  return stage.gates ? { ...stage, gates: stage.gates.map(short) } : stage
}

/** What was seen last, and how often it was bad. The rest is for a gate that is going to look again. */
function closedEvidenceShort(stage: StageStatus): StageStatus {
  if (stage.phase === 'open') return stage
  return eachEvidence(stage, ({ readAt, verdict, value, threshold, good, bad }) => ({
    readAt,
    verdict,
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
    good,
    bad,
  }))
}

/** A skipped gate does not look again either. */
function skippedEvidenceGone(stage: StageStatus): StageStatus {
  const gone = ({ evidence, ...gate }: GateState): GateState =>
    gate.skippedBy === undefined && evidence ? { ...gate, evidence } : gate
  return stage.gates ? { ...stage, gates: stage.gates.map(gone) } : stage
}

/** What a gate needs to go on is numbers and times; why it learned nothing, and what was said, is for people. */
function troublesClipped(stage: StageStatus): StageStatus {
  return eachEvidence(stage, evidence => clipped(evidence, ['trouble', 'said'], 64))
}

function valuesClipped(stage: StageStatus): StageStatus {
  return eachEvidence(stage, ({ said: _, ...evidence }) => clipped(evidence, ['value', 'threshold'], 32))
}

function clipped(evidence: Evidence, fields: readonly (keyof Evidence & Words)[], bytes: number): Evidence {
  const short = fields.flatMap(field => {
    const text = evidence[field]
    return text === undefined ? [] : [[field, clip(text, bytes)] as const]
  })
  return { ...evidence, ...Object.fromEntries(short) }
}

type Words = 'value' | 'threshold' | 'said' | 'trouble'

function closedGatesGone(stage: StageStatus): StageStatus {
  if (stage.phase === 'open') return stage
  const { gates: _, ...rest } = stage
  return rest
}

function detailsGone(stage: StageStatus): StageStatus {
  return stage.gates ? { ...stage, gates: stage.gates.map(({ detail: _, ...gate }) => gate) } : stage
}

/** Who approved a closed stage is told by its RolloutRecovery objects and their events. */
function closedApprovalsGone(stage: StageStatus): StageStatus {
  if (stage.phase === 'open') return stage
  const { approvals: _, skippedGates: _skipped, ...rest } = stage
  return rest
}

/** Who has approved is compared with whoever approves next, so those names stay; the others are for people. */
function namesClipped(stage: StageStatus): StageStatus {
  const { approvals, skippedGates, gates } = stage
  return {
    ...stage,
    ...(approvals && {
      approvals: approvals.map(approval => ({ ...approval, recovery: nameToKeep(approval.recovery, 64) })),
    }),
    ...(skippedGates && {
      skippedGates: skippedGates.map(({ operator, recovery, ...skipped }) => ({
        ...skipped,
        operator: nameToKeep(operator, 64),
        recovery: nameToKeep(recovery, 64),
      })),
    }),
    ...(gates && {
      gates: gates.map(gate =>
        gate.skippedBy === undefined ? gate : { ...gate, skippedBy: nameToKeep(gate.skippedBy, 64) },
      ),
    }),
  }
}

function messagesClipped(bytes: number): (status: PlanStatus) => PlanStatus {
  return status => {
    const conditions = (status.conditions ?? []).map(condition => ({
      ...condition,
      message: clip(condition.message, bytes),
    }))
    return { ...status, conditions }
  }
}

function closedCountsGone(stage: StageStatus): StageStatus {
  if (stage.phase === 'open') return stage
  const { counts: _, settledAt: _settledAt, retriedAt: _retriedAt, ...rest } = stage
  return rest
}
