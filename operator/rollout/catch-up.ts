import type { PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'
import { assignmentOf } from '../fleet/activation.ts'
import { matches } from '../fleet/selector.ts'
import { readBitmap } from './bitmap.ts'
import type { MemberNode } from './member.ts'
import type { Observation } from './observation.ts'
import { isLater } from './rival.ts'
import { instant } from './time.ts'

/**
 * Whether a plan still has to do with nodes that it has not told: until it has ended, and when completed for as long as
 * promoted stages have members left to catch up. A year of completed plans must cost nothing.
 */
export function isAtWork({ phase, stages = [] }: PlanStatus): boolean {
  switch (phase) {
    case 'published':
    case 'active':
    case 'paused':
      return true
    case 'completed':
      return stages.some(isIncomplete)
    case 'rolled_back':
    case 'cancelled':
      return false
  }
}

/** Whether a plan opens no stage any more. */
export function hasEnded({ phase }: Pick<PlanStatus, 'phase'>): boolean {
  return phase === 'completed' || phase === 'rolled_back' || phase === 'cancelled'
}

/** Asked for each change of a node; a stage as it was written never changes. */
const incomplete = new WeakMap<StageStatus, boolean>()

function isIncomplete(stage: StageStatus): boolean {
  const known = incomplete.get(stage)
  if (known !== undefined) return known
  const left = stage.phase === 'promoted' && readBitmap(stage.confirmed).size < (stage.members?.count ?? 0)
  incomplete.set(stage, left)
  return left
}

/**
 * Whether a member of a promoted stage may still be caught up by this plan.
 *
 * Not once a later plan has moved the node, nor while a later plan that has started, or is completed, is about it:
 * a node that comes back after months gets the newest release, not every one in turn.
 */
export function mayCatchUp({ plan, nodes, rivals }: Observation, member: MemberNode): boolean {
  const node = nodes.get(member.uid)
  if (!node) return false
  const assignment = assignmentOf(node, plan)
  if (assignment.kind === 'other') {
    const mover = rivals.find(rival => rival.metadata.uid === assignment.planUid)
    const since = plan.status.startedAt === undefined ? 0 : instant(plan.status.startedAt)
    if (mover ? isLater(mover, plan) : assignment.activatedAt > since) return false
  }
  return !rivals.some(
    rival =>
      isLater(rival, plan) &&
      (rival.status.phase === 'active' || rival.status.phase === 'paused' || rival.status.phase === 'completed') &&
      matches(rival.spec.fleet.selector, node.metadata.labels),
  )
}
