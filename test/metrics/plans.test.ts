import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { RolloutPlan } from '../../operator/api/object.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { planMetrics } from '../../operator/metrics/plans.ts'
import { at, nodes, plan, stage, time } from '../rollout/build.ts'
import { rollOut, world } from '../rollout/world.ts'
import { samplesOf } from './exposition.ts'

const REASONS_PAGE = join(import.meta.dirname, '../../docs/reasons.md')
const STUCK = 'autonomy_rollouts_stuck_plan_seconds'

function metricsOf(plans: readonly RolloutPlan[], seconds: number): Registry {
  const registry = new Registry()
  planMetrics(registry, () => plans, { now: () => at(seconds) })
  return registry
}

/** A plan that was last seen to move so many seconds after START, and waits for that. */
function waiting(name: string, reason: string, updated = 0, status: Partial<PlanStatus> = {}): RolloutPlan {
  const condition = {
    type: 'Ready',
    status: 'False',
    reason,
    message: 'so',
    lastTransitionTime: time(updated),
  } as const
  return plan({ name, status: { phase: 'active', updatedAt: time(updated), conditions: [condition], ...status } })
}

describe('metrics of plans', () => {
  it('count plans by phase, those included of which there is none', async () => {
    const plans = [waiting('a', 'Activating'), waiting('b', 'Activating'), plan({ name: 'c' })]
    expect(await samplesOf(metricsOf(plans, 0), 'cp_rollout_plans_total')).to.deep.equal([
      '{phase="published"} 1',
      '{phase="active"} 2',
      '{phase="paused"} 0',
      '{phase="completed"} 0',
      '{phase="rolled_back"} 0',
      '{phase="cancelled"} 0',
    ])
  })

  it('name a plan from when its own threshold has passed, with reason and age', async () => {
    const plans = [waiting('a', 'TooManyFailures'), waiting('b', 'GateFailed', 3_000)]
    expect(await samplesOf(metricsOf(plans, 3_600), STUCK)).to.deep.equal([])
    expect(await samplesOf(metricsOf(plans, 3_601), STUCK)).to.deep.equal([
      '{plan_namespace="fleet",plan="a",reason="TooManyFailures"} 3601',
    ])
    const counts = await samplesOf(metricsOf(plans, 3_601), 'autonomy_rollouts_stuck_plans')
    expect(counts.filter(line => !line.endsWith(' 0'))).to.deep.equal(['{reason="TooManyFailures"} 1'])
  })

  it('forget a plan that goes on', async () => {
    const plans = [waiting('a', 'TooManyFailures')]
    const registry = metricsOf(plans, 4_000)
    expect(await samplesOf(registry, STUCK)).to.have.length(1)
    plans[0] = waiting('a', 'Activating', 3_999)
    expect(await samplesOf(registry, STUCK)).to.deep.equal([])
    expect(await samplesOf(registry, 'autonomy_rollouts_stuck_plans')).to.include('{reason="TooManyFailures"} 0')
  })

  it('name no more than a hundred, the longest first, and count the rest', async () => {
    const plans = Array.from({ length: 103 }, (_, index) => waiting(`p-${index}`, 'GateFailed', -index))
    const registry = metricsOf(plans, 4_000)
    const named = await samplesOf(registry, STUCK)
    expect(named).to.have.length(100)
    expect(named[0]).to.equal('{plan_namespace="fleet",plan="p-102",reason="GateFailed"} 4102')
    expect(await samplesOf(registry, 'autonomy_rollouts_stuck_plans_unnamed')).to.deep.equal(['3'])
    expect(await samplesOf(registry, 'autonomy_rollouts_stuck_plans')).to.include('{reason="GateFailed"} 103')
  })

  it('know every reason that a plan without progress can have, and take no other for a label', async () => {
    const listed = [
      ...readFileSync(REASONS_PAGE, 'utf8')
        .split('\n## ')[1]!
        .matchAll(/^\| `(\w+)`/gm),
    ].map(([, code]) => code!)
    // Of phases that are never stuck.
    const ended = ['Paused', 'StageHalted', 'RolledBack', 'Cancelled', 'Completed']
    const labels = await samplesOf(metricsOf([], 0), 'autonomy_rollouts_stuck_plans')
    const known = labels.map(line => /reason="(\w+)"/.exec(line)?.[1])
    expect(known.toSorted()).to.deep.equal([...listed.filter(code => !ended.includes(code)), 'Other'].toSorted())
    const forged = metricsOf([waiting('a', 'Whatever')], 4_000)
    expect(await samplesOf(forged, STUCK)).to.deep.equal(['{plan_namespace="fleet",plan="a",reason="Other"} 4000'])
  })

  it('count nodes of plans that have not ended, by state', async () => {
    const here = world(plan({ stages: [stage('stage-01', { batchSize: 5 })] }), nodes(4))
    rollOut(here, 0, ['n03'])
    const counted = async (plans: readonly RolloutPlan[]) =>
      (await samplesOf(metricsOf(plans, 1), 'autonomy_rollouts_nodes')).filter(line => !line.endsWith(' 0'))
    expect(await counted([here.plan])).to.deep.equal(['{state="activating"} 1', '{state="activated"} 3'])
    const ended = { ...here.plan, status: { ...here.plan.status, completedAt: time(1) } }
    expect(await counted([ended])).to.deep.equal([])
  })
})
