import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { RolloutPlan } from '../../operator/api/object.ts'
import type { GateState, PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import type { GateSpec } from '../../operator/api/rollout-plan.ts'
import { recordsOf } from '../../operator/controllers/record.ts'
import { gateMetrics } from '../../operator/metrics/gates.ts'
import { type Reading, readingKey } from '../../operator/rollout/gates/reading.ts'
import { at, nodes, plan, recovery, stage, time } from '../rollout/build.ts'
import { ask, look, rollOut, tick, world } from '../rollout/world.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { samplesOf } from './exposition.ts'

const TRANSITIONS = 'autonomy_rollouts_gate_transitions_total'
const GATES = 'autonomy_rollouts_gates'
const SILENCE = 'autonomy_rollouts_gate_silence_seconds'

const METRIC: GateSpec = {
  kind: 'metric',
  name: 'errors',
  intervalSeconds: 10,
  metric: {
    provider: { address: 'https://prometheus.example', timeoutSeconds: 10 },
    query: 'e',
    condition: { lt: 1 },
  },
}
const MANUAL: GateSpec = { kind: 'manual', name: 'person' }

const said = (lines: readonly string[]) => lines.filter(line => !line.endsWith(' 0'))

/** What a replica has counted that wrote these statuses one after the other, or has the plans of its caches. */
function replica(plans: () => readonly RolloutPlan[] = () => [], seconds = 0) {
  const registry = new Registry()
  const count = gateMetrics(registry, plans, { now: () => at(seconds) })
  return {
    wrote: (before: RolloutPlan, after: PlanStatus) => count(recordsOf(before, after, []).gates),
    counted: async (name: string) => said(await samplesOf(registry, name)),
    all: async (name: string) => await samplesOf(registry, name),
  }
}

/** A plan whose stage has settled at 0 and waits for its gates. */
function waiting() {
  const here = world(plan({ stages: [stage('stage-01', { gates: [METRIC, MANUAL] })] }), nodes(1))
  rollOut(here, 0)
  return here
}

const reads = (seconds: number, verdict: Reading['verdict']) =>
  new Map([[readingKey('stage-01', 'errors'), [{ at: at(seconds), verdict, value: '2', threshold: '< 1' }]]])

describe('metrics of gates', () => {
  it('have every kind and state from the start', async () => {
    const series = await replica().all(TRANSITIONS)
    expect(series).to.have.length(24)
    expect(series).to.include('{kind="metric",state="failed"} 0')
    expect(await replica().all(GATES)).to.have.members(series)
    expect(await replica().all(SILENCE)).to.deep.equal(['{kind="metric"} 0', '{kind="webhook"} 0', '{kind="job"} 0'])
  })

  it('count each change of an answer once, a skipped gate as that, and nothing that only goes on', async () => {
    const here = waiting()
    const leader = replica()
    const step = (seconds: number, verdict: Reading['verdict']) => {
      const before = here.plan
      here.readings = reads(seconds, verdict)
      leader.wrote(before, tick(here, seconds).status)
    }
    step(10, 'unknown')
    step(20, 'bad')
    step(30, 'bad')
    step(40, 'unknown')
    expect(await leader.counted(TRANSITIONS)).to.deep.equal(['{kind="metric",state="failed"} 1'])
    const before = here.plan
    ask(here, recovery('retry', { name: 'r', created: 50 }), 50)
    tick(here, 51)
    leader.wrote(before, here.plan.status)
    expect(await leader.counted(TRANSITIONS)).to.include('{kind="metric",state="unknown"} 1')
    const failed = here.plan
    ask(here, recovery('skip_failed', { name: 's', gate: 'errors', created: 60 }), 60)
    tick(here, 61)
    leader.wrote(failed, here.plan.status)
    expect(await leader.counted(TRANSITIONS)).to.deep.equal([
      '{kind="metric",state="failed"} 1',
      '{kind="metric",state="unknown"} 1',
      '{kind="metric",state="skipped"} 1',
    ])
  })

  it('count nothing twice under a new leader', async () => {
    const here = waiting()
    const [first, second] = [replica(), replica()]
    const before = here.plan
    here.readings = reads(10, 'bad')
    first.wrote(before, tick(here, 10).status)
    // It finds the status as it was left, and reads the same again.
    here.readings = reads(20, 'bad')
    second.wrote(here.plan, decide(look(here), at(20)).status)
    expect(await first.counted(TRANSITIONS)).to.deep.equal(['{kind="metric",state="failed"} 1'])
    expect(await second.counted(TRANSITIONS)).to.deep.equal([])
  })

  it('say how the gates of open stages stand, until the plan has ended', async () => {
    const here = waiting()
    here.readings = reads(10, 'bad')
    tick(here, 10)
    const plans = [here.plan]
    const { counted } = replica(() => plans)
    expect(await counted(GATES)).to.deep.equal([
      '{kind="manual",state="unknown"} 1',
      '{kind="metric",state="failed"} 1',
    ])
    ask(here, recovery('cancel', { created: 20 }), 20)
    plans[0] = here.plan
    expect(await counted(GATES)).to.deep.equal([])
  })

  it('take no label from an object', async () => {
    const here = waiting()
    const gates: readonly GateState[] = [{ name: 'x', kind: 'forged', state: 'failed', since: time(0) }]
    const stages = (here.plan.status.stages ?? []).map(one => ({ ...one, gates }))
    const forged = { ...here.plan, status: { ...here.plan.status, stages } }
    const { counted, wrote } = replica(() => [forged])
    wrote(here.plan, forged.status)
    expect([...(await counted(GATES)), ...(await counted(TRANSITIONS))]).to.deep.equal([])
  })

  it('say for how long nothing was learned, of gates that hold a plan up', async () => {
    const silent = (gate: Partial<GateState>, phase: PlanStatus['phase'] = 'active') => {
      const evidence = { readAt: time(90), verdict: 'unknown', good: 0, bad: 0, trouble: 'x' } as const
      const state: GateState = {
        ...{ name: 'errors', kind: 'metric', state: 'unknown', since: time(0) },
        evidence: { ...evidence, troubleSince: time(10) },
        ...gate,
      }
      return plan({ status: { phase, stages: [{ id: 'stage-01', phase: 'open', openedAt: time(0), gates: [state] }] } })
    }
    const seconds = async (one: RolloutPlan) => await replica(() => [plan(), one], 100).counted(SILENCE)
    expect(await seconds(silent({}))).to.deep.equal(['{kind="metric"} 90'])
    expect(await seconds(silent({ kind: 'webhook', state: 'failed' }))).to.deep.equal(['{kind="webhook"} 90'])
    expect(await seconds(silent({ dryRun: true }))).to.deep.equal([])
    expect(await seconds(silent({ state: 'passed', skippedBy: 'alice' }))).to.deep.equal([])
    expect(await seconds(silent({}, 'paused'))).to.deep.equal([])
  })
})
