import type { PlanStatus } from '../../../operator/api/rollout-plan-status.ts'
import { type Rule, planChange } from './rule.ts'

/**
 * So far a time that is written may be from the time at which it is seen. A write may have been held up; and a replica
 * whose clock runs ten times too fast is ahead for as long as the API server tells it nothing.
 */
const FAR_MS = 600_000

export const TIME_RULES: readonly Rule[] = [
  {
    name: "times are the API server's, whatever the clock of the replica says",
    flaws: planChange(({ status: before }, { status: after }, { version: { seenAt } }) => {
      const old = new Set(timesOf(before))
      return timesOf(after).flatMap(time => (old.has(time) ? [] : wrong(time, seenAt)))
    }),
  },
]

function wrong(time: string | undefined, seenAt: number): readonly string[] {
  const apart = Date.parse(time ?? '') - seenAt
  return Math.abs(apart) < FAR_MS ? [] : [`${time} is ${Math.round(apart / 1000)} s from when it was written`]
}

function timesOf({ startedAt, updatedAt, completedAt, stages = [], ...status }: PlanStatus): readonly string[] {
  const { history = [], conditions = [], lastRecovery } = status
  return [
    ...[startedAt, updatedAt, completedAt, lastRecovery?.recoveredAt],
    ...stages.flatMap(({ openedAt, settledAt, closedAt, retriedAt }) => [openedAt, settledAt, closedAt, retriedAt]),
    ...history.map(({ at }) => at),
    ...conditions.map(({ lastTransitionTime }) => lastTransitionTime),
  ].filter(time => time !== undefined)
}
