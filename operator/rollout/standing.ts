import type { StageStatus } from '../api/rollout-plan-status.ts'
import type { MemberNode } from './member.ts'
import type { Observation } from './observation.ts'
import type { Situation } from './situation.ts'
import type { StageView } from './stage.ts'
import { tally } from './tally.ts'

/** Nodes of the stage are on their way. */
export function rolling(stage: string, members: readonly MemberNode[]): Situation {
  const waited = members.find(({ state }) => state.kind === 'activating')
  const first = waited?.state.kind === 'activating' ? { name: waited.name, detail: waited.state.detail } : undefined
  return { kind: 'rolling', stage, counts: tally(members), first }
}

/** Why the open stage is not promoted. */
export function situationOf(
  { status, members }: { readonly status: StageStatus; readonly members: readonly MemberNode[] },
  { verdict, counts, tolerated }: StageView,
): Situation {
  const stage = status.id
  switch (verdict.kind) {
    case 'deserted':
      return { kind: 'no-nodes', stage, gone: counts.gone }
    case 'blocked': {
      const failed = members.find(({ state }) => state.kind === 'failed')
      const worst =
        failed?.state.kind === 'failed'
          ? { name: failed.name, stage, reason: failed.state.reason, message: failed.state.detail }
          : undefined
      return { kind: 'blocked', stage, counts, tolerated: tolerated.failed, worst }
    }
    case 'unreachable': {
      const names = members.filter(({ state }) => state.kind === 'unreachable').map(({ name }) => name)
      return { kind: 'unreachable', stage, counts, tolerated: tolerated.unreachable, names: names.slice(0, 3) }
    }
    case 'unmoved':
      return { kind: 'unmoved', stage, counts }
    case 'held':
      return { kind: 'held', stage, by: verdict.by }
    case 'gated':
      return { kind: 'gated', stage, by: verdict.by }
    case 'rolling':
    case 'promote':
      return rolling(stage, members)
  }
}

/** How a completed plan ended. */
export function completion(stages: readonly StageStatus[], later: number, unassigned: number): Situation {
  const activated = stages.reduce((sum, stage) => sum + (stage.counts?.activated ?? 0), 0)
  const total = stages.reduce((sum, stage) => sum + (stage.members?.count ?? 0), 0)
  return { kind: 'completed', activated, total, later, unassigned }
}

export function podsUnknown({ plan }: Observation): Situation {
  return { kind: 'pods-unknown', namespace: plan.spec.activation.confirm.namespace ?? '' }
}
