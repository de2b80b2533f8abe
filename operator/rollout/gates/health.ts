import type { GateState } from '../../api/rollout-plan-status.ts'
import { instant, spell, timestamp } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'

/**
 * Passes when at least `minPercent` of the stage's activated nodes have been healthy without a break for `forSeconds`.
 *
 * Healthy is: activation still confirmed and node Ready. How long is read from the nodes and pods themselves (their
 * conditions' transition times), so neither a restart of the operator nor a change of leader hides a break.
 * A failed node was activated too, and counts as unhealthy.
 *
 * An agent's report has no time. Where nodes confirm by one, the period begins when the members have settled, and begins
 * anew when too few were seen to be healthy in between.
 *
 * @param before what this gate answered last, as the stage's status has it
 */
export function health(
  minPercent: number,
  forSeconds: number,
  { stage, members, now }: GateContext,
  before?: GateState,
): GateAnswer {
  if (members.length === 0) return { state: 'passed', detail: 'the stage has no nodes' }
  const opened = stage.openedAt === undefined ? now : instant(stage.openedAt)
  const healthy = members
    .flatMap(({ state }) => (state.kind === 'activated' ? [Math.max(state.since, opened)] : []))
    .sort((a, b) => a - b)
  const failed = members.filter(({ state }) => state.kind === 'failed').length
  const activated = healthy.length + failed
  if (activated === 0) return { state: 'unknown', detail: 'no node of the stage is activated yet' }

  const needed = Math.ceil((minPercent * activated) / 100)
  const length = forSeconds > 0 ? ` for ${spell(forSeconds * 1000)}` : ''
  const share = `${healthy.length} of ${activated} activated nodes are healthy, ${needed} (${minPercent} %) must be${length}`
  const since = healthy[needed - 1]
  if (since === undefined) return { state: 'failed', detail: share }
  const undated = members.some(({ state }) => state.kind === 'activated' && state.undated)
  if (undated && stage.settledAt === undefined)
    return { state: 'unknown', detail: `${share}, counted from when the nodes of the stage have settled` }
  if (undated && before?.state === 'passed') return { state: 'passed', detail: share }
  const seen = undated ? (before?.due === undefined ? now + forSeconds * 1000 : instant(before.due)) : 0
  const due = Math.max(since + forSeconds * 1000, seen)
  return now >= due
    ? { state: 'passed', detail: share }
    : { state: 'unknown', detail: `${share}, which will be so at ${timestamp(due + 999)}`, due }
}
