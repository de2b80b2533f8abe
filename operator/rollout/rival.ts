import type { RolloutPlan } from '../api/object.ts'
import type { FleetNode } from '../fleet/node.ts'
import { matches } from '../fleet/selector.ts'
import { instant } from './time.ts'

/**
 * The plan that must end before this one may start: one that moves some of the same nodes by the same label and
 * is running, or was created earlier and is still to run. `rivals` are plans with the same activation label.
 */
export function blocker(
  plan: RolloutPlan,
  rivals: readonly RolloutPlan[],
  nodes: Iterable<FleetNode>,
): RolloutPlan | undefined {
  const before = rivals
    .filter(({ status: { phase } }) => phase === 'active' || phase === 'paused' || phase === 'published')
    .filter(rival => rival.status.phase !== 'published' || isLater(plan, rival))
    .sort((a, b) => (isLater(a, b) ? 1 : -1))
  if (before.length === 0) return undefined
  const mine = [...nodes].filter(node => matches(plan.spec.fleet.selector, node.metadata.labels))
  return before.find(rival => mine.some(node => matches(rival.spec.fleet.selector, node.metadata.labels)))
}

/** Whether plan `a` was created after plan `b`; UIDs decide within one second. */
export function isLater(a: RolloutPlan, b: RolloutPlan): boolean {
  const [at, bt] = [instant(a.metadata.creationTimestamp), instant(b.metadata.creationTimestamp)]
  return at === bt ? a.metadata.uid > b.metadata.uid : at > bt
}
