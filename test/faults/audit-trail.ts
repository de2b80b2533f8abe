import type { AuditLine } from '../../operator/api/audit.ts'
import type { Everything, WirePlan } from './world.ts'

/**
 * What the audit lines of a run tell that is not so: a transition that never happened, or one more often than it did. One
 * that nobody tells was lost with the process that had committed it; the status keeps it.
 */
export function auditFlaws(log: string, run: string, { plans }: Everything): readonly string[] {
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
    return [...told].flatMap(([title, { length }]) => {
      const happened = timesOf(plan, title)
      return length > happened
        ? [`the audit trail tells ${length} times of "${title}", which happened ${happened} times`]
        : []
    })
  })
}

/** A plan is created once, and a recovery that did not take effect is refused once. */
function timesOf({ status: { history = [] } }: WirePlan, title: string): number {
  const transitions = history.filter(
    ({ event, stage, recovery }) =>
      event !== 'Recovered' && recovery === undefined && `${event} ${stage ?? ''}` === title,
  )
  const recovered = history.filter(({ event, recovery }) => event === 'Recovered' && recovery === title)
  const isTransition = /^(Plan|Stage|Gate)\w+ /.test(title)
  return isTransition ? transitions.length : Math.max(1, recovered.length)
}
