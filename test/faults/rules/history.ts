import type { HistoryEntry, PlanStatus } from '../../../operator/api/rollout-plan-status.ts'
import type { WirePlan } from '../world.ts'
import type { Committed } from './rule.ts'

/** Where the history between two versions of a plan does not say what happened between them, and who asked for it. */
export function historyFlaws(
  { status: before }: WirePlan,
  { status: after }: WirePlan,
  { after: { recoveries } }: Committed,
): readonly string[] {
  const [old, now] = [before.history ?? [], after.history ?? []]
  if (old.some((entry, position) => JSON.stringify(entry) !== JSON.stringify(now[position])))
    return ['entries were changed or lost']
  const added = now.slice(old.length)
  const told = added.map(titleOf).sort()
  const happened = [...transitions(before, after)].sort()
  const same = told.length === happened.length && told.every((title, position) => title === happened[position])
  const wrong = same ? [] : [`the history tells [${told.join(', ')}], what happened is [${happened.join(', ')}]`]
  const unsigned = added.filter(({ event, recovery, operator, strategy }) => {
    const spec = recoveries.find(({ metadata }) => metadata.name === recovery)?.spec
    return event === 'Recovered' && (spec?.operator !== operator || spec?.strategy !== strategy)
  })
  return [...wrong, ...unsigned.map(({ recovery, operator }) => `${recovery} is signed by ${operator ?? 'nobody'}`)]
}

function titleOf({ event, stage, recovery }: HistoryEntry): string {
  return [event, event === 'Recovered' ? recovery : stage].filter(Boolean).join(' ')
}

function* transitions(before: PlanStatus, after: PlanStatus): Generator<string> {
  if (before.phase === 'published' && after.phase === 'active') yield 'PlanStarted'
  const { lastRecovery } = after
  if (lastRecovery && lastRecovery.uid !== before.lastRecovery?.uid) yield `Recovered ${lastRecovery.name}`
  for (const { id, phase, skipped } of after.stages ?? []) {
    const old = before.stages?.find(stage => stage.id === id)?.phase ?? 'pending'
    if (old === 'pending' && phase !== 'pending') yield `StageOpened ${id}`
    if (old !== 'promoted' && phase === 'promoted') yield `${skipped ? 'StageSkipped' : 'StagePromoted'} ${id}`
    if (old !== 'halted' && phase === 'halted' && after.phase === 'paused') yield `StageHalted ${id}`
  }
  if (before.phase === after.phase) return
  if (after.phase === 'completed') yield 'PlanCompleted'
  if (after.phase === 'rolled_back') yield 'PlanRolledBack'
  if (after.phase === 'cancelled') yield 'PlanCancelled'
}
