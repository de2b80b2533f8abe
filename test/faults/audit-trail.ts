import type { AuditLine } from '../../operator/api/audit.ts'
import type { HistoryEntry } from '../../operator/api/rollout-plan-status.ts'
import type { Everything, WirePlan } from './world.ts'

/**
 * What the audit lines of a run tell that is not so: a transition that never happened, or one more often than it did. One
 * that nobody tells may be lost with the process that had committed it; the status keeps it.
 *
 * @param complete no process was lost: what nobody tells is wrong, too
 */
export function auditFlaws(
  log: string,
  run: string,
  { plans, recoveries }: Pick<Everything, 'plans' | 'recoveries'>,
  complete = false,
): readonly string[] {
  const lines = log
    .split('\n')
    .filter(line => line.includes('"event_name"') && line.includes(`"${run}/`))
    .map(line => JSON.parse(line) as AuditLine)
  return plans.flatMap(plan => {
    const own = lines.filter(
      ({ fields }) => fields['plan_uid'] === undefined || fields['plan_uid'] === plan.metadata.uid,
    )
    const told = Map.groupBy(
      own.filter(({ resource }) => resource === `${run}/${plan.metadata.name}`),
      ({ action, fields: { recovery, stage } }) => (recovery === undefined ? `${action} ${stage ?? ''}` : recovery),
    )
    const titles = new Set([...told.keys(), ...(complete ? titlesOf(plan, recoveries) : [])])
    return [...titles].flatMap(title => {
      const happened = timesOf(plan, title)
      const length = told.get(title)?.length ?? 0
      return length > happened || (complete && length < happened)
        ? [`the audit trail tells ${length} times of "${title}", which happened ${happened} times`]
        : []
    })
  })
}

/** What is to be told of a plan: how it began, its transitions, and what people asked for, refused or not. */
function titlesOf({ metadata, status }: WirePlan, recoveries: Everything['recoveries']): readonly string[] {
  return [
    'create ',
    ...(status.history ?? []).flatMap(entry => titleOf(entry) ?? []),
    ...recoveries.flatMap(({ metadata: { name }, spec, status: { phase } }) =>
      spec.planName === metadata.name && phase !== 'Pending' ? [name] : [],
    ),
  ]
}

/** What people asked for is told under the name of their recovery. */
function titleOf({ event, stage, recovery }: HistoryEntry): string | undefined {
  if (event === 'Recovered') return recovery
  return recovery === undefined ? `${event} ${stage ?? ''}` : undefined
}

/** A plan is created once, and a recovery that did not take effect is refused once. */
function timesOf({ status: { history = [] } }: WirePlan, title: string): number {
  const count = history.filter(entry => titleOf(entry) === title).length
  return /^(Plan|Stage|Gate)\w+ /.test(title) ? count : Math.max(1, count)
}
