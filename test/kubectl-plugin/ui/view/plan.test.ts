import { expect } from 'chai'
import { connectionWords } from '../../../../kubectl-plugin/ui/view/connection.ts'
import { gateRows, stageGates } from '../../../../kubectl-plugin/ui/view/gate.ts'
import { lanesOf } from '../../../../kubectl-plugin/ui/view/lane.ts'
import { changes, lineOf } from '../../../../kubectl-plugin/ui/view/line.ts'
import { nodeRows } from '../../../../kubectl-plugin/ui/view/node.ts'
import { paceOf, paceWords } from '../../../../kubectl-plugin/ui/view/pace.ts'
import { planRows, tallyOf } from '../../../../kubectl-plugin/ui/view/plans.ts'
import { momentsOf } from '../../../../kubectl-plugin/ui/view/timeline.ts'
import { filterNodes, filterPlans } from '../../../../kubectl-plugin/ui/view/filter.ts'
import { at, gate, history, member, open, plan, promoted, stuckPlan, time, unopened } from '../build.ts'

describe('a lane', () => {
  const lanes = lanesOf(stuckPlan(), at(48))

  it('tells how far its nodes are', () => {
    expect(lanes.map(({ progress }) => progress)).to.deep.equal(['3/3', '2/6', ''])
  })
  it('tells what is wrong with them', () => {
    expect(lanes.map(({ trouble }) => trouble)).to.deep.equal(['', '2 failed', ''])
  })
  it('tells how long it took, or has been open', () => {
    expect(lanes.map(({ time }) => time)).to.deep.equal(['took 8 s', 'open for 40 s', ''])
  })
  it('tells which is the current one', () => {
    expect(lanes.map(({ current }) => current)).to.deep.equal([false, true, false])
  })
  it('tells a stage that was skipped from one that passed', () => {
    const skipped = plan({ stages: [{ ...promoted('canary', 3), skipped: true }, open('ring', {}), unopened('wide')] })
    expect(lanesOf(skipped, at(9)).map(({ phase }) => phase)).to.deep.equal(['skipped', 'open', 'not opened'])
  })
})

describe('the time that is left', () => {
  const words = (parts: Parameters<typeof plan>[0], now = at(68)) => paceWords(paceOf(plan(parts), now))
  const stages = (members: Parameters<typeof open>[1]) => ({ stages: [promoted('canary', 3), open('ring', members)] })

  it('goes by the pace since the stage opened', () => {
    expect(words(stages({ activated: 10, activating: 5, pending: 15 }))).to.equal(
      'time left in the stage: about 2 min at 10 nodes/min, gates not counted',
    )
  })
  it('of a slow stage has its pace by the hour', () => {
    expect(words(stages({ activated: 1, pending: 1 }), at(8 + 600))).to.include('about 10 min at 6 nodes/h')
  })
  const unknown = [
    [
      'before the first node is activated',
      stages({ activating: 2, pending: 4 }),
      'no node of the stage is activated yet',
    ],
    ['once every node is reached', stages({ activated: 6 }), 'every node is reached; the gates decide'],
    ['while it stands still', { ...stages({ activated: 2, failed: 2, pending: 2 }), stalled: true }, 'it stands still'],
    ['while it is paused', { ...stages({ activated: 2, pending: 2 }), phase: 'paused' }, 'the plan is paused'],
    ['between two stages', { stages: [promoted('canary', 3), unopened('ring')] }, 'no stage is open'],
  ] as const
  for (const [when, parts, why] of unknown)
    it(`is unknown ${when}`, () => expect(words(parts)).to.equal(`time left in the stage unknown: ${why}`))
})

describe('a gate', () => {
  it('tells its state, what it saw and for how long', () => {
    expect(gateRows([gate({ since: time(8) })], true, at(50))).to.deep.equal([
      { name: 'manual', kind: 'manual', state: 'unknown', detail: '0 of 1 approvals', age: '42 s', next: '' },
    ])
  })
  it('that was never asked has no age', () => expect(gateRows([gate()], true, at(50))[0]?.age).to.equal(''))

  const looked = gate({
    kind: 'metric',
    evidence: { read_at: time(30), verdict: 'unknown', good: 0, bad: 0, next_at: time(60) },
  })
  const whens = [
    ['to come', 40, 'next in 20 s'],
    ['of which the record may be older than the next look', 120, 'next any moment'],
    ['that nobody has made', 360, 'due 5 min ago'],
  ] as const
  for (const [what, now, next] of whens)
    it(`tells of a look ${what}`, () => {
      const looking = plan({ stages: [open('ring', { activated: 2 }, [looked])] })
      expect(stageGates(looking, looking.stages[0], at(now))[0]?.next).to.equal(next)
    })
  const nowhere = [
    ['the plan is paused', plan({ phase: 'paused', stages: [open('ring', {}, [looked])] })],
    ['the stage is closed', plan({ stages: [{ ...promoted('ring', 3), gates: [looked] }] })],
    ['the gate is skipped', plan({ stages: [open('ring', {}, [{ ...looked, skipped_by: 'alice' }])] })],
  ] as const
  for (const [what, body] of nowhere)
    it(`is not looked at while ${what}`, () => expect(stageGates(body, body.stages[0], at(40))[0]?.next).to.equal(''))
})

describe('the timeline', () => {
  const moments = momentsOf(
    history([
      {
        at: time(30),
        event: 'Recovered',
        strategy: 'retry',
        outcome: 'succeeded',
        operator: 'alice',
        message: 'mended',
      },
      {
        at: time(31),
        event: 'Rejected',
        strategy: 'approve',
        outcome: 'rejected',
        operator: 'bob',
        code: 'no_manual_gate',
        message: 'looks good',
      },
      {
        at: time(32),
        event: 'Requested',
        strategy: 'halt',
        outcome: 'pending',
        operator: 'system:sa',
        claimed_operator: 'carol',
        message: 'odd',
      },
    ]),
    at(60),
  )
  it('begins with what was last', () => expect(moments[0]?.time).to.equal('08:00:32'))
  it('tells who did what and why', () => {
    expect(moments[2]).to.deep.include({ what: 'retry', who: 'alice', why: 'mended', kind: 'asked' })
  })
  it('tells what was refused, with its code', () => {
    expect(moments[1]).to.deep.include({
      what: 'approve refused',
      why: 'no_manual_gate; asked because: looks good',
      kind: 'refused',
    })
  })
  it('tells a claimed name beside the verified one', () => {
    expect(moments[0]).to.deep.include({ what: 'halt asked for', who: 'system:sa (as carol)' })
  })
  it('tells transitions that nobody asked for', () => {
    expect(moments[3]).to.deep.include({ what: 'StageOpened', stage: 'ring', who: '', kind: 'transition' })
  })
})

describe('nodes', () => {
  const rows = nodeRows([
    member('robot-1'),
    member('robot-2', { state: 'pending' }),
    member('robot-3', { state: 'failed', reason: 'TimedOut' }),
    member('robot-4', { state: 'activating' }),
    member('robot-5', { state: 'unreachable' }),
    member('robot-6', { state: 'gone' }),
  ])
  it('that need somebody come first', () => {
    expect(rows.map(({ name }) => name)).to.deep.equal([
      'robot-3',
      'robot-5',
      'robot-4',
      'robot-2',
      'robot-6',
      'robot-1',
    ])
  })
  const filters = [
    ['', 6],
    ['robot', 6],
    ['in flight', 1],
    ['TIMEDOUT', 1],
    ['robot-1 activated', 1],
    ['robot-1 failed', 0],
  ] as const
  for (const [filter, found] of filters)
    it(`filtered by "${filter}" are ${found}`, () => expect(filterNodes(rows, filter)).to.have.length(found))
})

describe('the overview', () => {
  const rows = planRows(
    [
      plan({ plan_id: 'moving' }),
      plan({ plan_id: 'finished', phase: 'completed', reason: 'Completed' }),
      stuckPlan({ plan_id: 'stuck-lately', updated_at: time(40) }),
      stuckPlan({ plan_id: 'stuck-long', updated_at: time(5) }),
      plan({ plan_id: 'soaking', reason: 'Soaking' }),
      plan({ plan_id: 'approval', reason: 'AwaitingApproval' }),
      plan({ plan_id: 'paused', phase: 'paused', reason: 'Paused', stalled: true }),
    ],
    at(60),
  )
  it('has first what needs somebody, longest first', () => {
    expect(rows.map(({ plan }) => plan)).to.deep.equal([
      'stuck-long',
      'stuck-lately',
      'approval',
      'soaking',
      'moving',
      'paused',
      'finished',
    ])
  })
  it('counts by state', () => {
    expect(tallyOf(rows)).to.equal('7 plans: 2 stuck, 1 needs approval, 1 waiting, 1 moving, 1 paused, 1 completed')
  })
  it('is filtered by name, phase, stage and state', () => {
    expect(filterPlans(rows, 'stuck ring').map(({ plan }) => plan)).to.deep.equal(['stuck-long', 'stuck-lately'])
  })
})

describe('the connection', () => {
  const now = at(60)
  const cases = [
    [{ kind: 'connecting', since: at(58) }, 'connecting for 2 s'],
    [{ kind: 'live', at: at(59) }, 'live'],
    [{ kind: 'live', at: at(40) }, 'as of 20 s ago'],
    [
      { kind: 'lost', lastAt: at(30), failures: 3, why: '', answered: false, retryAt: at(64) },
      'CONNECTION LOST for 30 s, trying again in 4 s',
    ],
    [
      { kind: 'lost', lastAt: at(30), failures: 3, why: '', answered: true, retryAt: at(64) },
      'NOT READABLE for 30 s, trying again in 4 s',
    ],
    [
      { kind: 'lost', lastAt: undefined, failures: 1, why: '', answered: false, retryAt: at(50) },
      'not connected, trying again now',
    ],
  ] as const
  for (const [connection, words] of cases)
    it(`is told: ${words}`, () => expect(connectionWords(connection, now)).to.equal(words))
})

describe('a plan in one line', () => {
  it('tells phase, stage, progress and reason', () => {
    expect(lineOf(plan({ message: 'all is well' }))).to.equal(
      'agent-2 active (moving) stage ring 5/9 Activating: all is well',
    )
  })
  it('is told only when it has changed', () => {
    const before = new Map([['agent-2', lineOf(plan())]])
    expect([changes(before, [plan()]), changes(before, [stuckPlan()]).length]).to.deep.equal([[], 1])
  })
  it('is told when the plan is gone', () => {
    expect(changes(new Map([['agent-1', '']]), [])).to.deep.equal(['agent-1 is gone'])
  })
})
