import type { RolloutPlan } from '../api/object.ts'
import type { PlanStatus } from '../api/rollout-plan-status.ts'
import { holdsUp } from './gates/gate.ts'
import { type Situation, endsBy } from './situation.ts'
import { instant } from './time.ts'

/**
 * Since when a plan has made no progress, and from when on that counts as stuck; undefined when it never does.
 *
 * Only published and active plans can be stuck. A wait that ends by itself at a known time (a soak that runs) is not
 * lack of progress before that time: a soak longer than the threshold must not wake anybody
 * (docs/decisions/0006-a-running-soak-is-not-stuck.md).
 *
 * @param ends when the wait the plan is in ends by itself, epoch milliseconds; undefined when it does not
 * @param threshold seconds
 */
export function stuckSince(
  { metadata, status }: RolloutPlan,
  ends: number | undefined,
  threshold: number,
): { readonly since: string; readonly at: number } | undefined {
  if (status.phase !== 'published' && status.phase !== 'active') return undefined
  const progress = status.updatedAt ?? metadata.creationTimestamp
  const ready = readyAt(status)
  const since = ready !== undefined && instant(ready) > instant(progress) ? ready : progress
  return { since, at: Math.max(instant(since), ends ?? 0) + threshold * 1000 }
}

/**
 * Since when nothing of the open stage itself keeps it from being promoted: it has settled, and its gates have passed.
 * Gates may have taken hours, of which nobody is to be woken when what comes after them is late by a second.
 */
function readyAt({ stages = [], currentStageId }: PlanStatus): string | undefined {
  const { settledAt, gates = [] } = stages.find(({ id }) => id === currentStageId) ?? {}
  if (settledAt === undefined || gates.some(holdsUp)) return undefined
  const passed = gates.filter(({ dryRun }) => !dryRun).flatMap(({ since }) => since ?? [])
  return [settledAt, ...passed].toSorted().at(-1)
}

/** The same for a plan whose situation is known, by its own threshold unless a report asks otherwise. */
export function stuckFrom(
  plan: RolloutPlan,
  situation: Situation | undefined,
  threshold = plan.spec.stuckAfterSeconds,
): ReturnType<typeof stuckSince> {
  return stuckSince(plan, situation && endsBy(situation), threshold)
}
