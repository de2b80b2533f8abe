import { Counter, type Registry } from 'prom-client'
import type { AuditLine } from '../api/audit.ts'
import { STRATEGIES } from '../api/rollout-plan-status.ts'
import { REFUSALS } from '../api/rollout-recovery.ts'

const TRANSITION = /^rollout\.(plan|stage)\.([a-z_]+)$/
const TRANSITIONS = [
  'plan.created',
  'plan.started',
  'plan.completed',
  'plan.rolled_back',
  'plan.cancelled',
  'stage.opened',
  'stage.promoted',
  'stage.skipped',
  'stage.halted',
]

/**
 * Counts what the audit trail tells, so that the two can be held against each other. Every combination there can be is
 * there from the start: `increase` does not see a series begin.
 *
 * @returns takes each line that is written
 */
export function outcomeMetrics(registry: Registry): (line: AuditLine) => void {
  const transitions = new Counter({
    name: 'autonomy_rollouts_transitions_total',
    help: 'Transitions of plans and stages that this replica has written, while it led.',
    labelNames: ['transition'],
    registers: [registry],
  })
  const recoveries = new Counter({
    name: 'autonomy_rollouts_recoveries_total',
    help: 'Recoveries that this replica has judged, while it led; the code says why one was rejected.',
    labelNames: ['strategy', 'outcome', 'code'],
    registers: [registry],
  })
  for (const transition of TRANSITIONS) transitions.inc({ transition }, 0)
  for (const strategy of STRATEGIES) {
    recoveries.inc({ strategy, outcome: 'accepted', code: '' }, 0)
    for (const code of REFUSALS) recoveries.inc({ strategy, outcome: 'rejected', code }, 0)
  }
  return ({ event_name: event, action: strategy, fields }) => {
    if (event === 'rollout.recovered') return recoveries.inc({ strategy, outcome: 'accepted', code: '' })
    if (event === 'rollout.recovery.rejected')
      return recoveries.inc({ strategy, outcome: 'rejected', code: fields['code'] ?? '' })
    const [, subject, verb] = TRANSITION.exec(event) ?? []
    if (subject !== undefined) transitions.inc({ transition: `${subject}.${verb}` })
  }
}
