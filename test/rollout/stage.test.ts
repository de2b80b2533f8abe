import { expect } from 'chai'
import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { StageSpec } from '../../operator/api/rollout-plan.ts'
import type { MemberState } from '../../operator/rollout/member.ts'
import { viewStage } from '../../operator/rollout/stage.ts'
import { at, frozen, members, opened, stage, time } from './build.ts'

const HELD: MemberState = { kind: 'pending', again: false, heldBy: 'fleet/other' }
type States = Parameters<typeof members>

function view(states: States, spec: Partial<StageSpec> = {}, status: Partial<StageStatus> = {}, now = 100) {
  return viewStage(stage('stage-01', spec), opened('stage-01', frozen(), status), members(...states), at(now))
}

const verdict = (...args: Parameters<typeof view>) => view(...args).verdict

describe('open stage', () => {
  it('counts its members by state, and the numbers add up', () => {
    const states: States = ['pending', 'activating', 'activated', 'activated', 'failed', 'unreachable', 'gone']
    expect(view(states).counts).to.deep.equal({
      total: 7,
      pending: 1,
      activating: 1,
      activated: 2,
      failed: 1,
      unreachable: 1,
      gone: 1,
    })
  })

  it('is rolling while nodes wait for their turn or are in flight', () => {
    expect(verdict(['activated', 'pending'])).to.deep.equal({ kind: 'rolling' })
    expect(verdict(['activated', 'activating'])).to.deep.equal({ kind: 'rolling' })
    expect(verdict(['activating', 'unreachable', HELD])).to.deep.equal({ kind: 'rolling' })
    expect(verdict([HELD, 'pending'])).to.deep.equal({ kind: 'rolling' })
  })

  it('is promoted when every member is activated and it has no gate', () => {
    expect(verdict(['activated', 'activated'])).to.deep.equal({ kind: 'promote' })
  })

  it('does not wait for nodes that are gone', () => {
    expect(verdict(['activated', 'gone'])).to.deep.equal({ kind: 'promote' })
  })

  it('is deserted, and not promoted, when all its nodes are gone', () => {
    expect(verdict(['gone', 'gone'])).to.deep.equal({ kind: 'deserted' })
    expect(verdict(['gone', 'gone'], { allowEmpty: true })).to.deep.equal({ kind: 'promote' })
  })

  for (const [what, states, spec] of [
    ['could not be reached', ['unreachable'], { maxUnreachable: 1 }],
    ['have failed', ['failed', 'failed'], { maxFailures: '100%' }],
    ['are away in different ways', ['failed', 'unreachable', 'gone'], { maxFailures: 1, maxUnreachable: 1 }],
  ] as const)
    it(`is not promoted, nor settled, while none is activated: all ${what}, as many as are tolerated`, () => {
      expect(view([...states], spec)).to.deep.include({ verdict: { kind: 'unmoved' }, settledAt: undefined })
      expect(verdict([...states], { ...spec, allowEmpty: true })).to.deep.equal({ kind: 'promote' })
      expect(verdict([...states, 'activated'], spec)).to.deep.equal({ kind: 'promote' })
    })

  it('is held when the only nodes left belong to another plan', () => {
    expect(verdict(['activated', HELD])).to.deep.equal({ kind: 'held', by: 'fleet/other' })
  })
})

describe('tolerance of failures', () => {
  it('blocks a stage at the first failure by default', () => {
    expect(verdict(['activated', 'failed', 'pending'])).to.deep.equal({ kind: 'blocked' })
  })

  it('blocks above the tolerance, not at it', () => {
    expect(verdict(['failed', 'activated', 'activated'], { maxFailures: 1 })).to.deep.equal({ kind: 'promote' })
    expect(verdict(['failed', 'failed', 'activated'], { maxFailures: 1 })).to.deep.equal({ kind: 'blocked' })
  })

  it('is a share of the whole stage, rounded down', () => {
    const one: States = ['failed', ...Array<'activated'>(8).fill('activated')]
    expect(verdict(one, { maxFailures: '10%' })).to.deep.equal({ kind: 'blocked' })
    expect(verdict([...one, 'activated'], { maxFailures: '10%' })).to.deep.equal({ kind: 'promote' })
    expect(view(one, { maxFailures: '25%' }).tolerated).to.deep.equal({ failed: 2, unreachable: 0 })
  })

  it('comes before everything else: a blocked stage is neither rolling nor gated', () => {
    const gates = [{ kind: 'manual' as const }]
    expect(verdict(['failed', 'pending', 'activating', 'unreachable'], { gates })).to.deep.equal({ kind: 'blocked' })
    expect(verdict(['failed', 'activated'], { gates }, { settledAt: time(0) })).to.deep.equal({ kind: 'blocked' })
  })
})

describe('tolerance of unreachable nodes', () => {
  it('lets a stage wait for the first one by default', () => {
    expect(verdict(['activated', 'unreachable'])).to.deep.equal({ kind: 'unreachable' })
  })

  it('promotes without them up to the tolerance', () => {
    expect(verdict(['activated', 'unreachable'], { maxUnreachable: 1 })).to.deep.equal({ kind: 'promote' })
    expect(verdict(['activated', 'unreachable', 'unreachable'], { maxUnreachable: 1 })).to.deep.equal({
      kind: 'unreachable',
    })
    expect(verdict(['activated', 'unreachable'], { maxUnreachable: '50%' })).to.deep.equal({ kind: 'promote' })
    expect(verdict(['activated', 'unreachable'], { maxUnreachable: '49%' })).to.deep.equal({ kind: 'unreachable' })
  })

  it('is apart from the tolerance of failures', () => {
    expect(verdict(['failed', 'activated'], { maxUnreachable: 5 })).to.deep.equal({ kind: 'blocked' })
    expect(verdict(['unreachable', 'activated'], { maxFailures: 5 })).to.deep.equal({ kind: 'unreachable' })
  })
})

describe('settling', () => {
  const gates = [{ kind: 'manual' as const }]

  it('begins when no member is left to do, at the next whole second', () => {
    expect(view(['activated', 'pending'], { gates }).settledAt).to.equal(undefined)
    expect(view(['activated', 'activated'], { gates }, {}, 100.2).settledAt).to.equal(time(101))
  })

  it('stays what it was', () => {
    expect(view(['activated'], { gates }, { settledAt: time(7) }, 5000).settledAt).to.equal(time(7))
  })

  it('stays while a tolerated node comes back and is caught up', () => {
    for (const back of ['pending', 'activating', 'activated'] as const) {
      const seen = view(['activated', back], { gates, maxUnreachable: 1 }, { settledAt: time(7) })
      expect(seen.settledAt).to.equal(time(7))
      expect(seen.verdict.kind).to.equal('gated')
    }
  })

  it('is not reached while a returning node is not tolerated', () => {
    expect(view(['activated', 'pending'], { gates, maxUnreachable: 1 }).settledAt).to.equal(undefined)
  })

  it('ends with more failures, or more unreachable nodes, than tolerated', () => {
    expect(view(['activated', 'failed'], { gates }, { settledAt: time(7) }).settledAt).to.equal(undefined)
    expect(view(['activated', 'unreachable'], { gates }, { settledAt: time(7) }).settledAt).to.equal(undefined)
  })
})

describe('gates of a settled stage', () => {
  const soak = { kind: 'time_soak', seconds: 60 } as const

  it('hold it back until all have passed, and are named', () => {
    const gates = [soak, { kind: 'manual' as const }, { kind: 'health' as const, minPercent: 50 }]
    const seen = verdict(['activated'], { gates }, { settledAt: time(0) }, 10)
    expect(seen.kind === 'gated' && seen.by.map(({ name }) => name)).to.deep.equal(['time_soak', 'manual'])
  })

  it('let it be promoted when all have passed', () => {
    expect(verdict(['activated'], { gates: [soak] }, { settledAt: time(0) }, 60)).to.deep.equal({ kind: 'promote' })
  })

  it('hold back a failed health gate although failures are tolerated', () => {
    const gates = [{ kind: 'health' as const, minPercent: 100 }]
    expect(verdict(['activated', 'failed'], { gates, maxFailures: 1 }).kind).to.equal('gated')
  })

  it('see the soak start in the same look that finds the members settled', () => {
    const seen = view(['activated'], { gates: [soak] }, {}, 100)
    expect(seen.gates[0]).to.include({ state: 'unknown', due: at(160) })
  })

  it('see no soak run for a stage that is not settled any more', () => {
    const seen = view(['activated', 'pending'], { gates: [soak] }, { settledAt: time(0) }, 100)
    expect(seen.gates[0]?.state).to.equal('unknown')
    expect(seen.gates[0]?.due).to.equal(undefined)
  })
})
