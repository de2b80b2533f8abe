import { type Rule, isStopped, planChange } from './rule.ts'
import { historyFlaws } from './history.ts'

const TERMINAL: ReadonlySet<string | undefined> = new Set(['completed', 'rolled_back', 'cancelled'])

export const PLAN_RULES: readonly Rule[] = [
  {
    name: 'an ended plan stays as it ended',
    flaws: planChange(({ status: before }, { status: after }) => [
      ...(TERMINAL.has(before.phase) && before.phase !== after.phase ? [`${before.phase} became ${after.phase}`] : []),
      ...(TERMINAL.has(before.phase) && after.completedAt !== before.completedAt ? ['completedAt was changed'] : []),
    ]),
  },
  {
    name: 'a plan that has begun does not begin again',
    flaws: planChange(({ status: before }, { status: after }) => [
      ...(before.phase !== 'published' && after.phase === 'published' ? [`${before.phase} became published`] : []),
      ...(before.startedAt !== undefined && after.startedAt !== before.startedAt ? ['startedAt was changed'] : []),
    ]),
  },
  {
    name: 'a closed stage stays closed, and marks only rise',
    flaws: planChange((before, after) =>
      (before.status.stages ?? []).flatMap(old => {
        const stage = after.status.stages?.find(({ id }) => id === old.id)
        if (stage === undefined) return [`stage ${old.id} has vanished`]
        const closed = old.phase === 'promoted' || old.phase === 'halted'
        const stopped = isStopped(after) || after.status.phase === 'paused' || stage.phase === 'halted'
        return [
          ...(closed && stage.phase !== old.phase ? [`stage ${old.id}: ${old.phase} became ${stage.phase}`] : []),
          ...(old.phase === 'open' && stage.phase === 'pending' ? [`stage ${old.id}: it is pending again`] : []),
          ...((stage.released ?? 0) < (old.released ?? 0) ? [`stage ${old.id}: the released mark sank`] : []),
          ...((stage.released ?? 0) > (old.released ?? 0) && stopped
            ? [`stage ${old.id}: the released mark rose after the stop`]
            : []),
          ...((stage.attempt ?? 0) < (old.attempt ?? 0) ? [`stage ${old.id}: the attempt sank`] : []),
          ...(old.members && stage.members?.digest !== old.members.digest ? [`stage ${old.id}: other members`] : []),
          ...(old.openedAt !== undefined && stage.openedAt !== old.openedAt
            ? [`stage ${old.id}: it was opened again`]
            : []),
        ]
      }),
    ),
  },
  {
    name: 'a stage opens only when those before it are promoted, or by a retry after a halt',
    flaws: planChange((before, after) => {
      const stages = after.status.stages ?? []
      const phases = stages.map(stage => stage.phase)
      const open = phases.findIndex(phase => phase !== 'promoted' && phase !== 'halted')
      if (open >= 0 && phases.slice(open + 1).some(phase => phase !== 'pending')) return [phases.join(', ')]
      const opened = stages.findIndex(
        ({ id, phase }) => phase === 'open' && before.status.stages?.find(old => old.id === id)?.phase !== 'open',
      )
      if (opened < 1 || phases[opened - 1] === 'promoted') return []
      const { lastRecovery } = after.status
      const retried = lastRecovery?.strategy === 'retry' && lastRecovery.uid !== before.status.lastRecovery?.uid
      return retried ? [] : [`stage ${stages[opened]?.id} was opened after a halted one, and nobody has retried`]
    }),
  },
  {
    name: 'an attempt begins only by a retry',
    flaws: planChange((before, after) => {
      const { lastRecovery, stages = [] } = after.status
      const retried = lastRecovery?.strategy === 'retry' && lastRecovery.uid !== before.status.lastRecovery?.uid
      return stages.flatMap(({ id, attempt = 1 }) => {
        const old = before.status.stages?.find(stage => stage.id === id)?.attempt ?? 1
        return attempt > old && (!retried || attempt > old + 1) ? [`stage ${id}: ${old} became ${attempt}`] : []
      })
    }),
  },
  {
    name: 'counts add up to the members',
    flaws: planChange((_, { status }) =>
      (status.stages ?? []).flatMap(({ id, counts, members }) => {
        if (counts === undefined || members === undefined) return []
        const { total, ...parts } = counts
        const sum = Object.values(parts).reduce((all, part) => all + part, 0)
        return total === members.count && sum === total
          ? []
          : [`stage ${id}: ${members.count} members, total ${total}, states ${JSON.stringify(parts)}`]
      }),
    ),
  },
  { name: 'each transition leaves one entry in the history', flaws: planChange(historyFlaws) },
]
