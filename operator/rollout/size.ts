import { clip } from './clip.ts'
import type { PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'

/** Bytes of JSON that a plan's status never exceeds, its bitmaps excepted (one bit a node). */
export const STATUS_LIMIT = 20_000

/** What is given up first when a status grows too large; each step keeps what a person needs most. */
const SHORTENINGS: readonly ((status: PlanStatus) => PlanStatus)[] = [
  status => ({ ...status, stages: (status.stages ?? []).map(closedGatesGone) }),
  status => ({ ...status, history: (status.history ?? []).slice(-10) }),
  status => ({ ...status, failingNodes: (status.failingNodes ?? []).slice(0, 10) }),
  status => ({ ...status, stages: (status.stages ?? []).map(detailsGone) }),
  status => ({ ...status, stages: (status.stages ?? []).map(troublesClipped) }),
  status => ({
    ...status,
    history: (status.history ?? []).slice(-5),
    failingNodes: (status.failingNodes ?? []).slice(0, 5),
  }),
  status => ({ ...status, stages: (status.stages ?? []).map(closedApprovalsGone) }),
  status => ({ ...status, conditions: (status.conditions ?? []).map(messageClipped) }),
  status => ({ ...status, history: [], failingNodes: [] }),
  status => ({ ...status, stages: (status.stages ?? []).map(closedCountsGone) }),
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

/** What a gate needs to go on is numbers and times; why it learned nothing, and what was said, is for people. */
function troublesClipped(stage: StageStatus): StageStatus {
  if (!stage.gates) return stage
  const gates = stage.gates.map(gate => {
    const { trouble, said } = gate.evidence ?? {}
    const clipped = {
      ...(trouble === undefined ? {} : { trouble: clip(trouble, 64) }),
      ...(said === undefined ? {} : { said: clip(said, 64) }),
    }
    return gate.evidence ? { ...gate, evidence: { ...gate.evidence, ...clipped } } : gate
  })
  return { ...stage, gates }
}

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

function messageClipped<T extends { readonly message: string }>(condition: T): T {
  return { ...condition, message: clip(condition.message, 256) }
}

function closedCountsGone(stage: StageStatus): StageStatus {
  if (stage.phase === 'open') return stage
  const { counts: _, settledAt: _settledAt, retriedAt: _retriedAt, ...rest } = stage
  return rest
}
