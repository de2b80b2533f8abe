import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { AuditLine } from '../../operator/api/audit.ts'
import { recordsOf, recordsOfVerdict } from '../../operator/controllers/record.ts'
import { rejected } from '../../operator/controllers/verdict.ts'
import { outcomeMetrics } from '../../operator/metrics/outcomes.ts'
import { at, plan, recovery, time } from '../rollout/build.ts'
import { samplesOf } from './exposition.ts'

const TRANSITIONS = 'autonomy_rollouts_transitions_total'
const RECOVERIES = 'autonomy_rollouts_recoveries_total'

/** What has been counted after these lines, without what is zero. */
async function counted(name: string, lines: readonly AuditLine[]): Promise<readonly string[]> {
  const registry = new Registry()
  const take = outcomeMetrics(registry)
  const before = await samplesOf(registry, name)
  for (const line of lines) take(line)
  const after = await samplesOf(registry, name)
  expect(after, 'series that were not there from the start').to.have.length(before.length)
  return after.filter(line => !line.endsWith(' 0'))
}

describe('metrics of outcomes', () => {
  it('count every transition that there is', async () => {
    const plans = ['PlanStarted', 'PlanCompleted', 'PlanRolledBack', 'PlanCancelled']
    const stages = ['StageOpened', 'StagePromoted', 'StageSkipped', 'StageHalted']
    const transitions = [...plans, ...stages].map(event => ({ at: time(1), event }))
    const { audit } = recordsOf(plan(), plan().status, transitions)
    expect(await counted(TRANSITIONS, audit)).to.deep.equal([
      '{transition="plan.created"} 1',
      '{transition="plan.started"} 1',
      '{transition="plan.completed"} 1',
      '{transition="plan.rolled_back"} 1',
      '{transition="plan.cancelled"} 1',
      '{transition="stage.opened"} 1',
      '{transition="stage.promoted"} 1',
      '{transition="stage.skipped"} 1',
      '{transition="stage.halted"} 1',
    ])
  })

  it('count recoveries by strategy, and why they were rejected', async () => {
    const asked = recovery('retry')
    const refused = rejected(asked, { code: 'plan_not_active', message: 'no' }, plan(), at(1))
    const lines = [
      ...recordsOfVerdict(asked, { phase: 'Succeeded' }, time(1)).audit,
      ...recordsOfVerdict(asked, refused, time(1)).audit,
      ...recordsOfVerdict(asked, refused, time(1)).audit,
    ]
    expect(await counted(RECOVERIES, lines)).to.deep.equal([
      '{strategy="retry",outcome="accepted",code=""} 1',
      '{strategy="retry",outcome="rejected",code="plan_not_active"} 2',
    ])
  })
})
