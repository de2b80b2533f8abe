import { expect } from 'chai'
import type { GateState, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { GateSpec } from '../../operator/api/rollout-plan.ts'
import { askGates } from '../../operator/rollout/gates/gate.ts'
import type { MemberNode, MemberState } from '../../operator/rollout/member.ts'
import { at, frozen, members, nodes, opened, plan, stage as aStage, time } from './build.ts'
import { confirmAll, setReady, settle, stageOf, world } from './world.ts'

type Asked = { readonly members?: readonly MemberNode[]; readonly stage?: Partial<StageStatus>; readonly now?: number }

function ask(gate: GateSpec, { members: of = members('activated'), stage = {}, now = 0 }: Asked = {}) {
  const [result] = askGates([gate], { stage: opened('stage-01', frozen(), stage), members: of, now: at(now) })
  return result!
}

const healthySince = (seconds: number): MemberState => ({ kind: 'activated', since: at(seconds) })

describe('time_soak gate', () => {
  const soak: GateSpec = { kind: 'time_soak', seconds: 600 }

  it('is unknown until the members have settled', () => {
    const answer = ask(soak, { now: 9000 })
    expect(answer.state).to.equal('unknown')
    expect(answer.detail).to.equal('soak of 10 minutes starts when the nodes of the stage have settled')
    expect(answer.due).to.equal(undefined)
  })

  it('is unknown while it runs, and says from when to when', () => {
    const answer = ask(soak, { stage: { settledAt: time(100) }, now: 699.999 })
    expect(answer).to.include({ state: 'unknown', due: at(700) })
    expect(answer.detail).to.equal('soak of 10 minutes from 2026-03-18T08:01:40Z to 2026-03-18T08:11:40Z')
  })

  it('passes exactly when its time is over', () => {
    expect(ask(soak, { stage: { settledAt: time(100) }, now: 700 }).state).to.equal('passed')
  })

  it('passes at once after settling when it asks for no time', () => {
    expect(ask({ kind: 'time_soak', seconds: 0 }, { stage: { settledAt: time(100) }, now: 100 }).state).to.equal(
      'passed',
    )
    expect(ask({ kind: 'time_soak' }, { stage: { settledAt: time(100) }, now: 100 }).state).to.equal('passed')
  })
})

describe('health gate', () => {
  const health: GateSpec = { kind: 'health', minPercent: 95, forSeconds: 120 }
  const now: GateSpec = { kind: 'health', minPercent: 50 }

  it('passes when enough nodes have been healthy for long enough, exactly then', () => {
    expect(ask(health, { members: members(healthySince(10)), now: 129 }).state).to.equal('unknown')
    expect(ask(health, { members: members(healthySince(10)), now: 130 }).state).to.equal('passed')
  })

  it('says when it will pass if nothing changes', () => {
    const answer = ask(health, { members: members(healthySince(10)), now: 20 })
    expect(answer.due).to.equal(at(130))
    expect(answer.detail).to.equal(
      '1 of 1 activated nodes are healthy, 1 (95 %) must be for 2 minutes, which will be so at 2026-03-18T08:02:10Z',
    )
  })

  it('starts anew with a break: what counts is since when a node is healthy now', () => {
    expect(ask(health, { members: members(healthySince(500)), now: 619 }).state).to.equal('unknown')
  })

  it('asks only for its share: the latest nodes may be younger', () => {
    const half: GateSpec = { kind: 'health', minPercent: 50, forSeconds: 120 }
    const mixed = members(healthySince(200), healthySince(0), healthySince(50), healthySince(300))
    expect(ask(half, { members: mixed, now: 169 }).state).to.equal('unknown')
    expect(ask(half, { members: mixed, now: 170 }).state).to.equal('passed')
  })

  it('rounds the share up: 95 % of 10 nodes is all 10', () => {
    const nine = members(...Array.from({ length: 9 }, () => 'activated' as const), 'failed')
    expect(ask({ kind: 'health', minPercent: 95 }, { members: nine }).state).to.equal('failed')
    expect(ask({ kind: 'health', minPercent: 90 }, { members: nine }).state).to.equal('passed')
  })

  it('fails when too few nodes are healthy, and says how many', () => {
    const answer = ask(now, { members: members('activated', 'failed', 'failed') })
    expect(answer).to.include({ state: 'failed', detail: '1 of 3 activated nodes are healthy, 2 (50 %) must be' })
  })

  it('takes no notice of nodes that were never activated', () => {
    const mixed = members('activated', 'pending', 'activating', 'unreachable', 'gone', 'gone')
    expect(ask({ kind: 'health', minPercent: 100 }, { members: mixed }).state).to.equal('passed')
  })

  it('is unknown while no node is activated: that is neither health nor sickness', () => {
    const answer = ask(now, { members: members('pending', 'activating', 'unreachable') })
    expect(answer).to.include({ state: 'unknown', detail: 'no node of the stage is activated yet' })
    expect(answer.due).to.equal(undefined)
  })

  it('passes for a stage that may be empty and is', () => {
    expect(ask(now, { members: [] })).to.include({ state: 'passed', detail: 'the stage has no nodes' })
  })

  it('counts nothing from before the stage opened', () => {
    const old = members(healthySince(-9000))
    expect(ask(health, { members: old, stage: { openedAt: time(50) }, now: 169 })).to.include({ due: at(170) })
    expect(ask(health, { members: old, stage: { openedAt: time(50) }, now: 170 }).state).to.equal('passed')
  })

  describe('of nodes that report by an annotation, which has no time', () => {
    const reported = (since: number): MemberState => ({ kind: 'activated', since: at(since), undated: true })
    const gate = (parts: Partial<GateState>): Partial<StageStatus> => ({
      settledAt: time(500),
      gates: [{ name: 'health', kind: 'health', state: 'unknown', since: time(500), ...parts }],
    })

    it('begins when the members have settled, not when they were told', () => {
      const settled = { members: members(reported(0)), stage: { settledAt: time(500) }, now: 500 }
      expect(ask(health, settled)).to.include({ state: 'unknown', due: at(620) })
    })

    it('is unknown while they have not settled', () => {
      const answer = ask(health, { members: members(reported(0), 'activating'), now: 900 })
      expect(answer).to.include({ state: 'unknown' }).and.not.to.have.property('due')
    })

    it('goes on from what was seen before, and passes exactly then', () => {
      const seen = { members: members(reported(0)), stage: gate({ due: time(620) }) }
      expect(ask(health, { ...seen, now: 619 })).to.include({ state: 'unknown', due: at(620) })
      expect(ask(health, { ...seen, now: 620 }).state).to.equal('passed')
    })

    it('begins anew when too few were seen to be healthy, although the stage stayed settled', () => {
      const seen = { members: members(reported(0)), stage: gate({ state: 'failed' }), now: 700 }
      expect(ask(health, seen)).to.include({ state: 'unknown', due: at(820) })
    })

    it('keeps a stage for the whole period after its last node has reported', () => {
      const stages = [aStage('stage-01', { gates: [health], maxFailures: 1 })]
      const here = world(plan({ stages }), nodes(1))
      settle(here, 0)
      settle(here, 500)
      confirmAll(here)
      settle(here, 500)
      setReady(here, 'n01', false, 600)
      settle(here, 600)
      setReady(here, 'n01', true, 601)
      settle(here, 601)
      settle(here, 720)
      expect(stageOf(here).phase).to.equal('open')
      settle(here, 721)
      expect(stageOf(here).phase).to.equal('promoted')
    })

    it('stays passed once it has', () => {
      const seen = { members: members(reported(0)), stage: gate({ state: 'passed' }), now: 700 }
      expect(ask(health, seen).state).to.equal('passed')
    })

    it('is no shorter than the node has been Ready', () => {
      const seen = { members: members(reported(600)), stage: gate({ due: time(620) }), now: 640 }
      expect(ask(health, seen)).to.include({ state: 'unknown', due: at(720) })
    })
  })

  it('asks for all nodes when no share is given', () => {
    expect(ask({ kind: 'health' }, { members: members('activated', 'failed') }).state).to.equal('failed')
  })
})

describe('manual gate', () => {
  const approved = (...operators: string[]): Partial<StageStatus> => ({
    approvals: operators.map(operator => ({ operator, approvedAt: time(1), recovery: 'r' })),
  })

  it('is unknown until somebody approves; it never fails', () => {
    expect(ask({ kind: 'manual' }, { now: 9000 })).to.include({ state: 'unknown', detail: '0 of 1 approvals' })
  })

  it('passes with one approval by default', () => {
    expect(ask({ kind: 'manual' }, { stage: approved('alice') })).to.include({
      state: 'passed',
      detail: '1 of 1 approvals (alice)',
    })
  })

  it('counts operators, not approvals', () => {
    const two: GateSpec = { kind: 'manual', approvals: 2 }
    expect(ask(two, { stage: approved('alice', 'alice') }).state).to.equal('unknown')
    expect(ask(two, { stage: approved('alice', 'bob') })).to.include({
      state: 'passed',
      detail: '2 of 2 approvals (alice, bob)',
    })
  })

  it('never has more detail than the status may hold, however long the names are', () => {
    const many = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(256, 'x'))
    const { detail } = ask({ kind: 'manual', approvals: 10 }, { stage: approved(...many) })
    expect(detail?.length).to.be.at.most(512)
  })
})

describe('gates of a stage', () => {
  const gates: readonly GateSpec[] = [
    { kind: 'manual' },
    { kind: 'health', minPercent: 100, name: 'all-well' },
    { kind: 'time_soak', seconds: 60 },
  ]

  it('are all asked, in their order, by name or by kind', () => {
    const asked = askGates(gates, { stage: opened('s', frozen()), members: members('failed'), now: at(0) })
    expect(asked.map(({ name, kind, state }) => [name, kind, state])).to.deep.equal([
      ['manual', 'manual', 'unknown'],
      ['all-well', 'health', 'failed'],
      ['time_soak', 'time_soak', 'unknown'],
    ])
  })

  it('remember since when they answer as they do', () => {
    const known = [{ name: 'health', kind: 'health', state: 'passed', since: time(5) }] as const
    const health: GateSpec = { kind: 'health', minPercent: 100 }
    expect(ask(health, { stage: { gates: known }, now: 50 }).since).to.equal(time(5))
    expect(ask(health, { stage: { gates: known }, members: members('failed'), now: 50 }).since).to.equal(time(50))
  })

  it('have no running clock in their detail, so that a waiting status stays as it is', () => {
    const waiting = { members: members(healthySince(0)), stage: { settledAt: time(0) } }
    for (const gate of [...gates, { kind: 'health', minPercent: 100, forSeconds: 500 } as const])
      expect(ask(gate, { ...waiting, now: 20 }).detail).to.equal(ask(gate, { ...waiting, now: 40 }).detail)
  })
})
