import { expect } from 'chai'
import type { GateState } from '../../operator/api/gate-state.ts'
import { PLAN_PHASES, type PlanPhase } from '../../operator/api/rollout-plan-status.ts'
import type { StageSpec } from '../../operator/api/rollout-plan.ts'
import type { Situation } from '../../operator/rollout/situation.ts'
import { endsBy } from '../../operator/rollout/situation.ts'
import { stuckFrom } from '../../operator/rollout/stuck.ts'
import { at, nodes, plan, recovery, stage, time } from './build.ts'
import { ask, condition, messageOf, rollOut, settle, tick, world, type World } from './world.ts'

const HOUR = 3600
const manual = (spec: Partial<StageSpec> = {}) =>
  plan({ stages: [stage('stage-01', { gates: [{ kind: 'manual' }], ...spec })] })

/** A plan whose nodes have settled at START and that waits for its gates. */
function gated(...gates: StageSpec['gates']): World {
  const here = world(manual({ gates }), nodes(2))
  rollOut(here, 0)
  return here
}

const stuckAt = (here: World, seconds: number) => {
  settle(here, seconds)
  return condition(here, 'Stuck')
}

describe('being stuck', () => {
  it('is measured from the last progress', () => {
    const active = plan({ created: -9000, status: { phase: 'active', updatedAt: time(50) } })
    expect(stuckFrom(active, undefined)).to.deep.equal({ since: time(50), at: at(50 + HOUR) })
  })

  it('is measured from the creation of a plan that has made no progress yet', () => {
    expect(stuckFrom(plan({ created: 7 }), undefined)).to.deep.equal({ since: time(7), at: at(7 + HOUR) })
  })

  it('is measured from when the gates of the open stage had passed, which may have taken hours', () => {
    const passed = (since: number, state: GateState['state'] = 'passed') =>
      ({ name: `g${since}`, kind: 'health', state, since: time(since) }) as const
    const since = (gates: readonly GateState[], settledAt?: string) => {
      const open = { id: 'stage-01', phase: 'open', gates, ...(settledAt === undefined ? {} : { settledAt }) } as const
      const status = { phase: 'active', currentStageId: 'stage-01', updatedAt: time(50), stages: [open] } as const
      return stuckFrom(plan({ status }), undefined)?.since
    }
    expect(since([passed(7000), passed(7200)], time(60))).to.equal(time(7200))
    expect(since([], time(60)), 'it has no gates').to.equal(time(60))
    expect(since([passed(7200)]), 'it has not settled').to.equal(time(50))
    expect(since([passed(7200), passed(9000, 'unknown')], time(60)), 'one is missing').to.equal(time(50))
    expect(since([passed(10)], time(20)), 'there was progress since').to.equal(time(50))
    const tried = { ...passed(9000, 'failed'), dryRun: true } as const
    expect(since([passed(7200), tried], time(60)), 'a dry run holds nobody up').to.equal(time(7200))
  })

  it('has the threshold of the plan, or that of a report', () => {
    expect(stuckFrom(plan({ spec: { stuckAfterSeconds: 60 } }), undefined)?.at).to.equal(at(60))
    expect(stuckFrom(plan({ spec: { stuckAfterSeconds: 60 } }), undefined, 5)?.at).to.equal(at(5))
    expect(stuckFrom(plan(), undefined, 0)?.at).to.equal(at(0))
  })

  const can: readonly PlanPhase[] = ['published', 'active']
  for (const phase of PLAN_PHASES)
    it(`${can.includes(phase) ? 'can' : 'can never'} happen to a plan that is ${phase}`, () => {
      const old = plan({ status: { phase, updatedAt: time(-999_999) } })
      expect(stuckFrom(old, undefined) !== undefined).to.equal(can.includes(phase))
    })
})

describe('wait that ends by itself', () => {
  const gate = (due?: number) => ({
    name: 'g',
    kind: 'k',
    state: 'unknown' as const,
    since: time(0),
    ...(due ? { due } : {}),
  })
  const by = (...dues: (number | undefined)[]): Situation => ({ kind: 'gated', stage: 's', by: dues.map(gate) })

  it('ends when the last of its gates is due', () => {
    expect(endsBy(by(at(5), at(9)))).to.equal(at(9))
  })

  it('is none while a gate waits for something else than time', () => {
    expect(endsBy(by(at(5), undefined))).to.equal(undefined)
    expect(endsBy({ kind: 'members-unknown', stage: 's' })).to.equal(undefined)
  })

  it('counts as lack of progress only from its end', () => {
    const active = plan({ status: { phase: 'active', updatedAt: time(0) } })
    expect(stuckFrom(active, by(at(9000)))).to.deep.equal({ since: time(0), at: at(9000 + HOUR) })
    expect(stuckFrom(active, by(at(-9000)))?.at).to.equal(at(HOUR))
  })
})

describe('stuck plan', () => {
  it('is stuck from the threshold on, not a moment earlier', () => {
    const here = gated({ kind: 'manual' })
    expect(stuckAt(here, HOUR - 0.001)).to.equal('False NotStuck')
    expect(stuckAt(here, HOUR)).to.equal('True AwaitingApproval')
  })

  it('is looked at again exactly then, without any event', () => {
    const here = gated({ kind: 'manual' })
    expect(tick(here, 10).lookAgainAt).to.equal(at(HOUR))
  })

  it('says since when and what it waits for, and needs a person', () => {
    const here = gated({ kind: 'manual' })
    settle(here, HOUR)
    expect(messageOf(here)).to.match(/^no progress since 2026-03-18T08:00:00Z: stage stage-01: gate manual/)
    expect(condition(here, 'Stalled')).to.equal('True AwaitingApproval')
    expect(condition(here, 'Reconciling')).to.equal('False AwaitingApproval')
  })

  it('is stuck while it waits for another plan, named in the message', () => {
    const here = world(manual(), nodes(2))
    here.rivals = [plan({ name: 'older', created: -9, status: { phase: 'paused' } })]
    expect(stuckAt(here, HOUR - 1)).to.equal('False NotStuck')
    expect(stuckAt(here, HOUR)).to.equal('True WaitingForPlan')
    expect(messageOf(here)).to.include('fleet/older')
  })

  it('is stuck while it waits for nodes, named in the message', () => {
    const here = world(manual(), nodes(2, { ready: false }))
    expect(stuckAt(here, 0)).to.equal('False NotStuck')
    expect(stuckAt(here, HOUR)).to.equal('True NodesUnreachable')
    expect(messageOf(here)).to.include('n01')
  })

  it('is never stuck while paused, and when it ends', () => {
    for (const strategy of ['pause', 'halt', 'rollback', 'cancel'] as const) {
      const here = gated({ kind: 'manual' })
      ask(here, recovery(strategy), 10)
      expect(stuckAt(here, 90 * HOUR)).to.equal('False NotStuck')
    }
  })

  it('is not stuck by the time that it was paused', () => {
    const here = gated({ kind: 'manual' })
    ask(here, recovery('pause'), 10)
    settle(here, 9 * HOUR)
    ask(here, recovery('resume'), 9 * HOUR)
    expect(stuckAt(here, 10 * HOUR - 1)).to.equal('False NotStuck')
    expect(stuckAt(here, 10 * HOUR)).to.equal('True AwaitingApproval')
  })

  it('is not stuck any more after a retry, from that very write on', () => {
    const here = gated({ kind: 'manual' })
    settle(here, HOUR)
    ask(here, recovery('retry'), HOUR + 60)
    expect(condition(here, 'Stuck')).to.equal('False NotStuck')
    expect(stuckAt(here, 2 * HOUR + 59)).to.equal('False NotStuck')
    expect(stuckAt(here, 2 * HOUR + 60)).to.equal('True AwaitingApproval')
  })

  it('is not stuck any more when it makes progress', () => {
    const here = world(plan(), nodes(2))
    settle(here, 0)
    settle(here, HOUR)
    expect(condition(here, 'Stuck')).to.match(/^True/)
    rollOut(here, HOUR + 60)
    expect(condition(here, 'Stuck')).to.equal('False NotStuck')
  })
})

describe('running soak', () => {
  it('longer than the threshold wakes nobody', () => {
    const here = gated({ kind: 'time_soak', seconds: 5 * HOUR })
    expect(stuckAt(here, 4 * HOUR)).to.equal('False NotStuck')
    expect(condition(here, 'Stalled')).to.equal('False Soaking')
  })

  it('of a health gate wakes nobody either', () => {
    const here = gated({ kind: 'health', minPercent: 100, forSeconds: 5 * HOUR })
    expect(stuckAt(here, 4 * HOUR)).to.equal('False NotStuck')
  })

  it('is followed by the threshold when something else holds the stage back after it', () => {
    const here = gated({ kind: 'time_soak', seconds: 5 * HOUR }, { kind: 'manual' })
    settle(here, 5 * HOUR)
    expect(stuckAt(here, 6 * HOUR - 1)).to.equal('False NotStuck')
    expect(stuckAt(here, 6 * HOUR)).to.equal('True AwaitingApproval')
  })
})
