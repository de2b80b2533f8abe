import { ORCHESTRATOR_GROUP, PROVENANCE } from '../../api/names.ts'
import { type RolloutPlan, releaseOf } from '../../api/object.ts'
import type { StageStatus } from '../../api/rollout-plan-status.ts'
import { gatesOf } from '../../rollout/report/gate.ts'
import type { RolloutBody } from '../schema/bodies.ts'
import { gateBody } from './gate.ts'
import { given } from './given.ts'

export const API = `${ORCHESTRATOR_GROUP}/v1` as const

/** A plan as the surface tells it. Keys whose value is not known yet are left out. */
export function rolloutBody(plan: RolloutPlan): RolloutBody {
  const { metadata, spec, status } = plan
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation } = metadata
  return {
    kind: 'Rollout',
    apiVersion: API,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp, generation },
    plan_id: name,
    namespace,
    uid,
    phase: status.phase,
    artifact_ref: spec.artifactRef,
    release: releaseOf(plan),
    created_at: creationTimestamp,
    // Before the first decision nothing has moved since the creation.
    updated_at: status.updatedAt ?? creationTimestamp,
    ...given({
      current_stage_id: status.currentStageId,
      started_at: status.startedAt,
      completed_at: status.completedAt,
      created_by: metadata.annotations?.[PROVENANCE.createdBy],
      progress: status.progress,
      waiting_for: status.waitingFor,
      unassigned: status.unassigned,
    }),
    stages: spec.stages.map(({ id }) =>
      stageBody(plan, status.stages?.find(stage => stage.id === id) ?? { id, phase: 'pending' }),
    ),
    failing_nodes: (status.failingNodes ?? []).map(({ stage, ...node }) => ({ ...node, stage_id: stage })),
    conditions: (status.conditions ?? []).map(({ type, status: is, reason, message, lastTransitionTime }) => ({
      type,
      status: is,
      reason,
      message,
      last_transition_time: lastTransitionTime,
    })),
  }
}

function stageBody(plan: RolloutPlan, stage: StageStatus): RolloutBody['stages'][number] {
  const { id, phase, skipped, openedAt, settledAt, closedAt, counts } = stage
  return {
    stage_id: id,
    phase,
    ...given({ skipped, opened_at: openedAt, settled_at: settledAt, closed_at: closedAt, counts }),
    gates: (gatesOf(plan, id)?.gates ?? []).map(gateBody),
  }
}
