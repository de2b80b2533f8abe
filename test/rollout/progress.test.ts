import { expect } from 'chai'
import { CONFIRM, nodes, pod, plan, recovery, reporting, stage, time } from './build.ts'
import { ask, condition, memberNames, rollOut, setReady, settle, tick, update, world } from './world.ts'

const gates = [{ kind: 'manual' as const, approvals: 2 }]
const wide = () => world(plan({ stages: [stage('stage-01', { batchSize: 2, gates })] }), nodes(4))
const updatedAt = ({ plan: { status } }: ReturnType<typeof world>) => status.updatedAt

describe('progress', () => {
  it('is made when the plan starts with its first batch, and not when that is told', () => {
    const here = wide()
    tick(here, 1)
    expect(updatedAt(here)).to.equal(undefined)
    tick(here, 2)
    expect(updatedAt(here)).to.equal(time(2))
    expect(tick(here, 3).activate).to.have.length(2)
    expect(updatedAt(here)).to.equal(time(2))
  })

  it('is made when a node confirms for the first time', () => {
    const here = wide()
    settle(here, 0)
    update(here, memberNames(here)[0]!, node => reporting(node, '1.4.2'))
    tick(here, 50)
    expect(updatedAt(here)).to.equal(time(50))
  })

  it('is made when the members have settled and when a gate passes', () => {
    const here = world(
      plan({ stages: [stage('s', { gates: [...gates, { kind: 'time_soak', seconds: 60 }] })] }),
      nodes(1),
    )
    rollOut(here, 10)
    expect(updatedAt(here)).to.equal(time(10))
    settle(here, 40)
    expect(updatedAt(here)).to.equal(time(10))
    settle(here, 70)
    expect(updatedAt(here)).to.equal(time(70))
  })

  it('is made when a stage is promoted and when the plan is completed', () => {
    const here = world(plan({ stages: [stage('s', { gates: [{ kind: 'time_soak', seconds: 60 }] })] }), nodes(1))
    rollOut(here, 10)
    settle(here, 70)
    expect(here.plan.status).to.include({ phase: 'completed', updatedAt: time(70), completedAt: time(70) })
  })

  it('is made by every recovery that lets the plan go on', () => {
    for (const strategy of ['retry', 'skip_failed', 'approve'] as const) {
      const here = wide()
      settle(here, 0)
      ask(here, recovery(strategy, { stageId: 'stage-01' }), 90)
      expect(updatedAt(here), strategy).to.equal(time(90))
    }
    const paused = wide()
    settle(paused, 0)
    ask(paused, recovery('pause'), 50)
    ask(paused, recovery('resume'), 90)
    expect(updatedAt(paused)).to.equal(time(90))
  })

  it('is not made by pausing', () => {
    const here = wide()
    settle(here, 0)
    ask(here, recovery('pause'), 90)
    expect(updatedAt(here)).to.equal(time(0))
  })

  it('is not made by looking, by waiting, or by the lapse of time', () => {
    const here = wide()
    rollOut(here, 0)
    for (const seconds of [10, 100, 1000, 10_000]) settle(here, seconds)
    expect(updatedAt(here)).to.equal(time(0))
  })

  it('is not made by nodes that fail, come or go', () => {
    const here = wide()
    settle(here, 0)
    const [first, second, third] = memberNames(here)
    update(here, first!, node => reporting(node, 'failed:1.4.2'))
    settle(here, 10)
    setReady(here, third!, false, 15)
    settle(here, 20)
    here.nodes.delete(`uid-${second}`)
    settle(here, 30)
    expect(updatedAt(here)).to.equal(time(0))
  })

  it('is not made by a node that is lost and confirms again', () => {
    const here = wide()
    settle(here, 0)
    const [first] = memberNames(here)
    for (const [report, seconds] of [
      ['1.4.2', 10],
      ['1.0.0', 20],
      ['1.4.2', 30],
    ] as const) {
      update(here, first!, node => reporting(node, report))
      settle(here, seconds)
    }
    expect(updatedAt(here)).to.equal(time(10))
  })

  it('is not made over and over by a node that flaps while a person is awaited: such a plan gets stuck', () => {
    const flapping = [...gates, { kind: 'health' as const, minPercent: 100 }]
    const here = world(plan({ stages: [stage('s', { gates: flapping, maxFailures: 1 })] }), nodes(2))
    rollOut(here, 0)
    const [first] = memberNames(here, 's')
    for (let seconds = 600; seconds < 7200; seconds += 1200) {
      update(here, first!, node => reporting(node, '1.0.0'))
      settle(here, seconds)
      update(here, first!, node => reporting(node, '1.4.2'))
      settle(here, seconds + 600)
    }
    expect(condition(here, 'Stuck')).to.match(/^True/)
  })
})

describe('time of looking again', () => {
  it('is the deadline of the node that has the earliest', () => {
    const here = wide()
    settle(here, 0)
    expect(tick(here, 10).lookAgainAt).to.equal(Date.parse(time(600)))
  })

  it('is when a pod may have been Ready for long enough', () => {
    const here = world(plan({ confirm: { ...CONFIRM.pod, minReadySeconds: 60 } }), nodes(1))
    settle(here, 0)
    here.pods = new Map([['n01', [pod('n01', { since: 5 })]]])
    expect(tick(here, 10).lookAgainAt).to.equal(Date.parse(time(65)))
  })

  it('is when a soak ends, though another gate waits for something else', () => {
    const here = world(
      plan({ stages: [stage('s', { gates: [...gates, { kind: 'time_soak', seconds: 60 }] })] }),
      nodes(1),
    )
    rollOut(here, 10)
    expect(tick(here, 20).lookAgainAt).to.equal(Date.parse(time(70)))
  })

  it('is never for a plan that has ended', () => {
    const here = world(plan(), nodes(1))
    rollOut(here, 10)
    expect(tick(here, 20).lookAgainAt).to.equal(undefined)
    ask(here, recovery('rollback'), 30)
    expect(tick(here, 40)).not.to.have.property('lookAgainAt')
  })

  it('is none in the past', () => {
    const here = wide()
    settle(here, 0)
    expect(tick(here, 9000)).not.to.have.property('lookAgainAt')
  })
})
