import { expect } from 'chai'
import { type StageSpec } from '../../operator/api/rollout-plan.ts'
import { ANNOTATION } from '../../operator/api/names.ts'
import type { Outcome } from '../../operator/rollout/outcome.ts'
import { CONFIRM, nodes, plan, pod, recovery, reporting, stage, time } from './build.ts'
import {
  ask,
  condition,
  labelled,
  memberNames,
  rollOut,
  setReady,
  settle,
  stageOf,
  tick,
  update,
  world,
  type World,
} from './world.ts'

const two = (spec: Partial<StageSpec> = {}) =>
  plan({ stages: [stage('stage-01', { nodes: { limit: 3 }, ...spec }), stage('stage-02')] })

function applied(outcome: Outcome): Extract<Outcome, { kind: 'applied' }> {
  expect(outcome.kind).to.equal('applied')
  return outcome as Extract<Outcome, { kind: 'applied' }>
}

/** A plan whose first node has failed. */
function blocked(spec: Partial<StageSpec> = {}) {
  const here = world(two(spec), nodes(5))
  settle(here, 0)
  const [first] = memberNames(here)
  update(here, first!, node => reporting(node, 'failed:1.4.2 no disk'))
  settle(here, 10)
  expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
  return Object.assign(here, { first: first! })
}

describe('applied recovery', () => {
  it('is recorded by UID, with its result, in the write that has its effect', () => {
    const here = blocked()
    const outcome = applied(ask(here, recovery('skip_failed', { name: 'skip-1' }), 60))
    expect(outcome.result).to.deep.equal({
      uid: 'uid-skip-1',
      name: 'skip-1',
      strategy: 'skip_failed',
      previousPhase: 'active',
      newPhase: 'active',
      skippedStageId: 'stage-01',
      nextStageId: 'stage-02',
      recoveredAt: time(60),
    })
    expect(outcome.decision.status.lastRecovery).to.deep.equal(outcome.result)
  })

  it('stays recorded until the next one', () => {
    const here = blocked()
    ask(here, recovery('retry', { name: 'retry-1' }), 60)
    settle(here, 70)
    expect(here.plan.status.lastRecovery?.name).to.equal('retry-1')
    ask(here, recovery('pause', { name: 'pause-1' }), 80)
    expect(here.plan.status.lastRecovery?.name).to.equal('pause-1')
  })

  it('is in the history: who, what, why, where and when', () => {
    const here = blocked()
    ask(here, recovery('halt', { name: 'halt-1', operator: 'bob', reason: 'looks odd' }), 60)
    expect(here.plan.status.history?.slice(-2)).to.deep.equal([
      {
        at: time(60),
        event: 'Recovered',
        strategy: 'halt',
        recovery: 'halt-1',
        message: 'looks odd',
        operator: 'bob',
        stage: 'stage-01',
      },
      { at: time(60), event: 'StageHalted', stage: 'stage-01' },
    ])
  })

  it('has a long reason cut in the history; the recovery itself keeps all of it', () => {
    const here = blocked()
    ask(here, recovery('retry', { reason: 'x'.repeat(1024) }), 60)
    expect(here.plan.status.history?.at(-1)?.message).to.have.length(256)
  })

  it('leaves the operator out of the history when nobody is named', () => {
    const here = blocked()
    const { operator: _, ...spec } = recovery('retry').spec
    ask(here, { ...recovery('retry'), spec }, 60)
    expect(here.plan.status.history?.at(-1)).not.to.have.property('operator')
  })

  it('activates and withdraws nothing itself', () => {
    for (const strategy of ['retry', 'skip_failed', 'halt', 'rollback'] as const)
      expect(applied(ask(blocked(), recovery(strategy), 60)).decision).to.deep.include({ activate: [], withdraw: [] })
  })
})

describe('retry', () => {
  it('tries failed nodes again, in a new attempt', () => {
    const here = blocked()
    ask(here, recovery('retry'), 60)
    expect(stageOf(here).attempt).to.equal(2)
    tick(here, 60)
    expect(tick(here, 60).activate.map(({ member, attempt }) => [member.name, attempt])).to.deep.equal([
      [here.first, 2],
    ])
  })

  it('keeps what a node had before the first attempt', () => {
    const here = blocked()
    const previous = () =>
      [...here.nodes.values()].find(one => one.metadata.name === here.first)?.metadata.annotations[ANNOTATION.previous]
    const first = previous()
    ask(here, recovery('retry'), 60)
    settle(here, 60)
    expect(previous()).to.equal(first)
  })

  it('does not fail again for the report that failed the attempt before', () => {
    const here = blocked()
    ask(here, recovery('retry'), 60)
    settle(here, 61)
    expect(stageOf(here).counts).to.include({ failed: 0, activating: 1 })
    rollOut(here, 70)
    expect(here.plan.status.phase).to.equal('completed')
  })

  it('counts failures anew when the second attempt fails too', () => {
    const here = blocked()
    ask(here, recovery('retry'), 60)
    settle(here, 61)
    settle(here, 661)
    expect(stageOf(here).counts).to.include({ failed: 1 })
    expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
  })

  it('leaves promoted stages as they are', () => {
    const here = world(
      plan({
        stages: [stage('stage-01', { nodes: { limit: 3 } }), stage('stage-02', { gates: [{ kind: 'manual' }] })],
      }),
      nodes(5),
    )
    rollOut(here, 0)
    const promoted = stageOf(here)
    ask(here, recovery('retry'), 60)
    expect(promoted.phase).to.equal('promoted')
    expect(stageOf(here)).to.deep.equal(promoted)
  })

  it('tries again a node that was lost after it had confirmed', () => {
    const here = world(two(), nodes(5))
    settle(here, 0)
    const first = memberNames(here)[0]!
    update(here, first, node => reporting(node, '1.4.2'))
    settle(here, 10)
    update(here, first, node => reporting(node, '1.0.0'))
    settle(here, 20)
    expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
    ask(here, recovery('retry'), 60)
    settle(here, 60)
    const inFlight = memberNames(here)[1]!
    update(here, inFlight, node => reporting(node, '1.4.2'))
    tick(here, 70)
    expect(tick(here, 70).activate.map(({ member, attempt }) => [member.name, attempt])).to.deep.equal([[first, 2]])
  })

  it('waits for a lost node that is still not Ready: it was told already', () => {
    const here = blocked()
    setReady(here, here.first, false, 50)
    ask(here, recovery('retry'), 60)
    rollOut(here, 61, [here.first])
    expect(stageOf(here).counts).to.include({ unreachable: 1, activated: 2 })
  })

  it('resumes a paused plan', () => {
    const here = blocked()
    ask(here, recovery('pause'), 50)
    ask(here, recovery('retry'), 60)
    rollOut(here, 70)
    expect(here.plan.status.phase).to.equal('completed')
  })

  it('goes on after a halted stage with the next one, and the halted one stays halted', () => {
    const here = blocked()
    ask(here, recovery('halt'), 50)
    settle(here, 50)
    ask(here, recovery('retry'), 60)
    rollOut(here, 70)
    expect(here.plan.status.stages?.map(({ phase }) => phase)).to.deep.equal(['halted', 'promoted'])
    expect(labelled(here)).to.have.length(2)
  })

  it('starts a published plan', () => {
    const here = world(two(), nodes(5))
    ask(here, recovery('retry'), 5)
    expect(here.plan.status).to.include({ startedAt: time(5), currentStageId: 'stage-01' })
    expect(here.plan.status.history?.map(({ event }) => event)).to.deep.equal([
      'Recovered',
      'PlanStarted',
      'StageOpened',
    ])
  })

  it('forgets nobody’s confirmation while pods cannot be seen', () => {
    const here = world(plan({ confirm: CONFIRM.pod }), nodes(2))
    settle(here, 0)
    here.plan = { ...here.plan, status: { ...here.plan.status, stages: [{ ...stageOf(here), confirmed: 'AQ==' }] } }
    here.pods = undefined
    ask(here, recovery('retry'), 60)
    expect(stageOf(here)).to.include({ confirmed: 'AQ==', attempt: 2 })
  })

  describe('while pods cannot be seen', () => {
    /** Both nodes have timed out by then. */
    const overdue = () => {
      const here = world(plan({ confirm: CONFIRM.pod, stages: [stage('stage-01', { batchSize: 2 })] }), nodes(2))
      settle(here, 0)
      settle(here, 700)
      expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
      return here
    }
    const retryBlindly = (here: World, name: string, seconds: number) => {
      here.pods = undefined
      ask(here, recovery('retry', { name }), seconds)
      here.pods = new Map()
    }
    const attempts = ({ nodes: all }: World) =>
      [...all.values()].map(one => one.metadata.annotations[ANNOTATION.attempt])

    it('tries nodes again that are past their time', () => {
      const here = overdue()
      retryBlindly(here, 'blind', 710)
      settle(here, 720)
      expect(attempts(here)).to.deep.equal(['2', '2'])
      expect(stageOf(here).counts).to.include({ activating: 2 })
    })

    it('leaves nodes alone that have time left', () => {
      const here = world(plan({ confirm: CONFIRM.pod }), nodes(1))
      settle(here, 0)
      retryBlindly(here, 'blind', 599)
      settle(here, 599)
      expect(attempts(here)).to.deep.equal(['1'])
    })

    it('keeps what an earlier retry has marked', () => {
      const here = overdue()
      ask(here, recovery('retry', { name: 'seeing' }), 710)
      retryBlindly(here, 'blind', 711)
      settle(here, 720)
      expect(attempts(here)).to.deep.equal(['3', '3'])
    })

    it('does not tell a node again that turns out to run the release', () => {
      const here = overdue()
      retryBlindly(here, 'blind', 710)
      here.pods = new Map(labelled(here).map(name => [name, [pod(name, { since: 705 })]]))
      settle(here, 720)
      expect(here.plan.status.phase).to.equal('completed')
      expect(attempts(here)).to.deep.equal(['1', '1'])
    })
  })
})

describe('skip_failed', () => {
  it('promotes the stage past every gate and opens the next', () => {
    const here = blocked({ gates: [{ kind: 'manual' }] })
    ask(here, recovery('skip_failed'), 60)
    expect(stageOf(here)).to.include({ phase: 'promoted', skipped: true, closedAt: time(60) })
    expect(here.plan.status.currentStageId).to.equal('stage-02')
    expect(here.plan.status.history?.slice(-3).map(({ event }) => event)).to.deep.equal([
      'Recovered',
      'StageSkipped',
      'StageOpened',
    ])
  })

  it('completes the plan after the last stage, and names no next one', () => {
    const here = blocked()
    ask(here, recovery('skip_failed'), 60)
    const outcome = applied(ask(here, recovery('skip_failed', { name: 'second' }), 70))
    expect(outcome.result).to.include({ newPhase: 'completed', skippedStageId: 'stage-02' })
    expect(outcome.result).not.to.have.property('nextStageId')
    expect(here.plan.status.completedAt).to.equal(time(70))
  })
})

describe('approve', () => {
  const gates = [{ kind: 'manual' as const, approvals: 2 }]
  const approve = (operator: string) => recovery('approve', { operator, stageId: 'stage-01', name: `by-${operator}` })

  it('adds one approval of this operator', () => {
    const here = world(two({ gates }), nodes(5))
    settle(here, 0)
    ask(here, approve('alice'), 60)
    expect(stageOf(here).approvals).to.deep.equal([{ operator: 'alice', approvedAt: time(60), recovery: 'by-alice' }])
  })

  it('is refused a second time to the same operator', () => {
    const here = world(two({ gates }), nodes(5))
    settle(here, 0)
    ask(here, approve('alice'), 60)
    expect(ask(here, approve('alice'), 61)).to.include({ kind: 'refused', code: 'already_approved' })
  })

  it('is refused when the gate has all its approvals', () => {
    const here = world(two({ gates }), nodes(5))
    settle(here, 0)
    for (const operator of ['alice', 'bob']) applied(ask(here, approve(operator), 60))
    expect(ask(here, approve('carol'), 61)).to.include({ kind: 'refused', code: 'already_approved' })
  })

  it('is possible while the plan is paused', () => {
    const here = world(two({ gates }), nodes(5))
    settle(here, 0)
    ask(here, recovery('pause'), 10)
    applied(ask(here, approve('alice'), 60))
    expect(here.plan.status.phase).to.equal('paused')
  })

  it('never overrides another gate', () => {
    const here = world(two({ gates: [{ kind: 'manual' }, { kind: 'time_soak', seconds: 600 }] }), nodes(5))
    rollOut(here, 0)
    ask(here, approve('alice'), 60)
    settle(here, 60)
    expect(here.plan.status.currentStageId).to.equal('stage-01')
  })
})
