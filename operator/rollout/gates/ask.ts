import type { StageSpec } from '../../api/rollout-plan.ts'
import type { StageStatus } from '../../api/rollout-plan-status.ts'
import type { MemberNode } from '../member.ts'
import { instant } from '../time.ts'
import { type GateResult, gateName } from './gate.ts'
import type { Ask } from './reading.ts'

/** What the gates of an open stage want to be looked at. */
export function asksOf(
  spec: StageSpec,
  stage: StageStatus,
  members: readonly MemberNode[],
  results: readonly GateResult[],
): readonly Ask[] {
  const nodes = members.filter(({ ours }) => ours).map(({ name }) => name)
  const openedAt = instant(stage.openedAt ?? '')
  const settled = stage.settledAt === undefined ? {} : { settledAt: instant(stage.settledAt) }
  const retriedAt = stage.retriedAt === undefined ? openedAt : Math.max(openedAt, instant(stage.retriedAt))
  return spec.gates.flatMap(gate => {
    const name = gateName(gate)
    const result = results.find(known => known.name === name)
    if (result?.lookAt === undefined) return []
    const after = result.evidence === undefined ? retriedAt : instant(result.evidence.readAt)
    return [{ stage: stage.id, name, gate, nodes, openedAt, ...settled, after, due: result.lookAt }]
  })
}
