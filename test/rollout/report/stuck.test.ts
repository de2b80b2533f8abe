import { expect } from 'chai'
import { type GateState, PLAN_PHASES, type PlanPhase } from '../../../operator/api/rollout-plan-status.ts'
import type { StageSpec } from '../../../operator/api/rollout-plan.ts'
import { stuckReport } from '../../../operator/rollout/report/stuck.ts'
import { at, nodes, plan, stage, time } from '../build.ts'
import { type World, rollOut, settle, world } from '../world.ts'

const HOUR = 3600
const gated = (gates: StageSpec['gates'], spec: Partial<StageSpec> = {}) =>
  plan({ stages: [stage('stage-01', { gates, batchSize: 5, ...spec })] })

/** A plan whose nodes were told at START; those not named in `except` have confirmed. */
function rolled(gates: StageSpec['gates'], except: readonly string[] = [], spec: Partial<StageSpec> = {}): World {
  const here = world(gated(gates, spec), nodes(4))
  rollOut(here, 0, except)
  return here
}

const reasonAt = (here: World, seconds: number, threshold = HOUR) => {
  settle(here, seconds)
  return stuckReport([here.plan], threshold, at(seconds))[0]?.stuckReason
}

describe('stuck report', () => {
  it('is empty when there is nothing, and when nothing is stuck', () => {
    expect(stuckReport([], HOUR, at(0))).to.deep.equal([])
    expect(stuckReport([plan()], HOUR, at(HOUR))).to.deep.equal([])
  })

  it('has a plan once its time without progress is longer than the threshold, not before', () => {
    const here = rolled([{ kind: 'manual' }])
    expect(reasonAt(here, HOUR)).to.equal(undefined)
    expect(reasonAt(here, HOUR + 1)).to.be.a('string')
    expect(reasonAt(here, 11, 10)).to.be.a('string')
  })

  it('takes the threshold of each plan itself when none is given', () => {
    const impatient = plan({
      name: 'a',
      spec: { stuckAfterSeconds: 60 },
      status: { phase: 'active', updatedAt: time(0) },
    })
    const patient = plan({ name: 'b', status: { phase: 'active', updatedAt: time(0) } })
    const names = (seconds: number) =>
      stuckReport([impatient, patient], undefined, at(seconds)).map(({ plan }) => plan.metadata.name)
    expect([names(60), names(61), names(HOUR + 1)]).to.deep.equal([[], ['a'], ['a', 'b']])
  })

  it('tells phase, stage, and since when', () => {
    const here = rolled([{ kind: 'manual' }])
    settle(here, HOUR * 2)
    const [{ phase, currentStageId, stuckSince, code } = expect.fail()] = stuckReport([here.plan], HOUR, at(HOUR * 2))
    expect({ phase, currentStageId, stuckSince, code }).to.deep.equal({
      phase: 'active',
      currentStageId: 'stage-01',
      stuckSince: time(0),
      code: 'AwaitingApproval',
    })
  })

  it('has the longest first, and plans of one moment by name', () => {
    const old = (name: string, updated: number) => plan({ name, status: { phase: 'active', updatedAt: time(updated) } })
    const report = stuckReport([old('c', 0), old('b', -60), old('a', 0)], 60, at(HOUR))
    expect(report.map(({ plan }) => plan.metadata.name)).to.deep.equal(['b', 'a', 'c'])
  })

  const can: readonly PlanPhase[] = ['published', 'active']
  for (const phase of PLAN_PHASES)
    it(`${can.includes(phase) ? 'can have' : 'never has'} a plan that is ${phase}`, () => {
      const old = plan({ status: { phase, updatedAt: time(-9 * HOUR) } })
      expect(stuckReport([old], HOUR, at(0))).to.have.length(can.includes(phase) ? 1 : 0)
    })

  it('names a gate that waits for a person, what it has, and for how long', () => {
    expect(reasonAt(rolled([{ kind: 'manual', approvals: 2 }]), 2 * HOUR)).to.equal(
      'manual gate has 0 of 2 approvals for 2 hours',
    )
  })

  it('names a gate that says no, with its numbers', () => {
    const here = rolled([{ kind: 'health', minPercent: 100, forSeconds: 0 }], ['n01'], { maxFailures: 1 })
    settle(here, 601)
    expect(reasonAt(here, 601 + 75 * 60)).to.match(/^health gate has failed for 1 hour 1\d minutes \(.+\)$/)
  })

  it('names every gate that has not passed', () => {
    const here = rolled([
      { kind: 'manual' },
      { kind: 'time_soak', seconds: 60 },
      { kind: 'health', minPercent: 95, forSeconds: 9 * HOUR },
    ])
    settle(here, 60)
    expect(reasonAt(here, 2 * HOUR)).to.match(/^manual gate .+; health gate has not passed .+$/)
  })

  it('counts failed nodes and names the first', () => {
    const here = rolled([], ['n01', 'n02'])
    settle(here, 601)
    expect(reasonAt(here, 3 * HOUR)).to.match(
      /^2 nodes of stage stage-01 failed, first n0[12]: TimedOut, .+, for 3 hours$/,
    )
  })

  it('says "node" of one', () => {
    const here = rolled([], ['n01'])
    settle(here, 601)
    expect(reasonAt(here, 3 * HOUR)).to.match(/^1 node of stage stage-01 failed, first n01: /)
  })

  it('names the plan that is waited for', () => {
    const here = world(gated([]), nodes(2))
    here.rivals = [plan({ name: 'older', created: -9, status: { phase: 'paused' } })]
    expect(reasonAt(here, 2 * HOUR)).to.equal('waits for plan fleet/older to end, for 2 hours')
  })

  it('says that nobody has looked when no operator process runs', () => {
    expect(stuckReport([plan()], HOUR, at(3 * HOUR))[0]?.stuckReason).to.equal(
      'no operator process has looked at the plan for 3 hours: is one running?',
    )
  })

  it('says of everything else what the plan says, once, and for how long', () => {
    const here = world(gated([]), [])
    settle(here, 0)
    expect(reasonAt(here, 2 * HOUR)).to.match(/^stage stage-01 selects no node: .+, for 2 hours$/)
  })

  it('has no plan whose gates pass by themselves at a known time, until that time is over', () => {
    const here = rolled([{ kind: 'time_soak', seconds: 5 * HOUR }])
    expect(reasonAt(here, 2 * HOUR)).to.equal(undefined)
    expect(reasonAt(here, 2 * HOUR, 0)).to.equal(undefined)
  })

  describe('names a gate that looks outside by what it saw', () => {
    const metric = { kind: 'metric', name: 'error-rate' } as StageSpec['gates'][number]
    const evidence = { readAt: time(60), verdict: 'bad', value: '0.061', good: 0, bad: 1 } as const
    const told = (gate: GateState) => {
      const status = {
        phase: 'active',
        currentStageId: 'stage-01',
        updatedAt: time(0),
        observedGeneration: 1,
        stages: [{ id: 'stage-01', phase: 'open', openedAt: time(0), gates: [gate] }],
        conditions: [
          { type: 'Ready', status: 'False', reason: 'GateFailed', message: 'm', lastTransitionTime: time(0) },
        ],
      } as const
      const held = plan({ stages: [stage('stage-01', { gates: [metric] })], status })
      return stuckReport([held], HOUR, at(2 * HOUR))[0]?.stuckReason
    }
    const state = { name: 'error-rate', kind: 'metric', since: time(0) }

    for (const [what, gate, says] of [
      [
        'with its value and the bound',
        { ...state, state: 'failed', detail: 'is 0.061, must be < 0.05', evidence },
        'metric gate "error-rate" is 0.061, must be < 0.05, for 2 hours',
      ],
      [
        'or that it has failed',
        { ...state, state: 'failed', evidence },
        'metric gate "error-rate" has failed, for 2 hours',
      ],
      [
        'or that it has not passed',
        { ...state, state: 'unknown', evidence },
        'metric gate "error-rate" has not passed, for 2 hours',
      ],
      [
        'and a silence by itself, which says since when',
        {
          ...state,
          state: 'unknown',
          detail: 'has had no data since 08:12: connection refused',
          evidence: { ...evidence, trouble: 'connection refused' },
        },
        'metric gate "error-rate" has had no data since 08:12: connection refused',
      ],
    ] as const)
      it(what, () => {
        expect(told(gate)).to.equal(says)
      })
  })
})
