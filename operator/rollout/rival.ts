import type { RolloutPlan } from '../api/object.ts'
import type { FleetNode } from '../fleet/node.ts'
import { matches } from '../fleet/selector.ts'
import { readBitmap } from './bitmap.ts'
import type { KeptLists } from './membership.ts'
import type { Observation } from './observation.ts'
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

/**
 * Answers which nodes a plan has still to give back what they had: those of stages that were stopped before the node had
 * confirmed. Worked out once for each plan that is asked about.
 */
export function owing(keptOf: (plan: RolloutPlan) => KeptLists): Observation['owes'] {
  const known = new Map<string, ReadonlySet<string>>()
  return (plan, nodeUid) => {
    let owed = known.get(plan.metadata.uid)
    if (!owed) known.set(plan.metadata.uid, (owed = owedBy(plan, keptOf(plan))))
    return owed.has(nodeUid)
  }
}

function owedBy({ status }: RolloutPlan, kept: KeptLists): ReadonlySet<string> {
  const stopped = status.phase === 'rolled_back' || status.phase === 'cancelled'
  const owed = new Set<string>()
  for (const { id, phase, members, confirmed } of status.stages ?? []) {
    if (!stopped && phase !== 'halted') continue
    const list = kept.get(id)?.find(({ digest }) => digest === members?.digest)
    const { has } = readBitmap(confirmed)
    for (const [index, { uid }] of (list?.members ?? []).entries()) if (!has(index)) owed.add(uid)
  }
  return owed
}

/** Whether plan `a` was created after plan `b`; UIDs decide within one second. */
export function isLater(a: RolloutPlan, b: RolloutPlan): boolean {
  const [at, bt] = [instant(a.metadata.creationTimestamp), instant(b.metadata.creationTimestamp)]
  return at === bt ? a.metadata.uid > b.metadata.uid : at > bt
}
