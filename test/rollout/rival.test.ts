import { expect } from 'chai'
import type { PlanPhase } from '../../operator/api/rollout-plan-status.ts'
import { blocker, isLater } from '../../operator/rollout/rival.ts'
import { activated, node, nodes, plan, recovery, stage } from './build.ts'
import { ask, condition, labelled, messageOf, rollOut, settle, update, world } from './world.ts'

const mine = plan({ name: 'mine', created: 100 })
const older = (phase: PlanPhase) => plan({ name: 'older', created: 0, status: { phase } })
const newer = (phase: PlanPhase) => plan({ name: 'newer', created: 200, status: { phase } })
const blockedBy = (...rivals: Parameters<typeof blocker>[1]) => blocker(mine, rivals, nodes(2))?.metadata.name

describe('order of plans', () => {
  it('is that of their creation', () => {
    expect(isLater(newer('active'), mine)).to.equal(true)
    expect(isLater(older('active'), mine)).to.equal(false)
  })

  it('is decided by UID within one second, so that two plans never wait for each other', () => {
    const [a, b] = [plan({ uid: 'a' }), plan({ uid: 'b' })]
    expect([isLater(a, b), isLater(b, a), isLater(a, a)]).to.deep.equal([false, true, false])
  })
})

describe('plan that must end first', () => {
  for (const phase of ['published', 'active', 'paused'] as const)
    it(`is an earlier one that is ${phase}`, () => {
      expect(blockedBy(older(phase))).to.equal('older')
    })

  for (const phase of ['active', 'paused'] as const)
    it(`is a later one that is ${phase} already`, () => {
      expect(blockedBy(newer(phase))).to.equal('newer')
    })

  for (const phase of ['completed', 'rolled_back', 'cancelled'] as const)
    it(`is none that is ${phase}`, () => {
      expect(blockedBy(older(phase), newer(phase))).to.equal(undefined)
    })

  it('is no later one that has not started', () => {
    expect(blockedBy(newer('published'))).to.equal(undefined)
  })

  it('is the earliest, when there are several', () => {
    const oldest = plan({ name: 'oldest', created: -50, status: { phase: 'published' } })
    expect(blockedBy(newer('active'), older('published'), oldest)).to.equal('oldest')
    expect(blockedBy(oldest, older('published'), newer('active'))).to.equal('oldest')
  })

  it('has at least one node in common', () => {
    const elsewhere = plan({ name: 'elsewhere', created: 0, fleet: { zone: 'b' }, status: { phase: 'active' } })
    const here = plan({ name: 'here', created: 100, fleet: { zone: 'a' } })
    const mixed = [node('a', { labels: { zone: 'a' } }), node('b', { labels: { zone: 'b' } })]
    expect(blocker(here, [elsewhere], mixed)).to.equal(undefined)
    expect(blocker(mine, [elsewhere], mixed)?.metadata.name).to.equal('elsewhere')
    expect(blocker(mine, [older('active')], [])).to.equal(undefined)
  })
})

describe('two plans on one fleet', () => {
  it('run one at a time: the later one stays published and names the plan it waits for', () => {
    const here = world(mine, nodes(2))
    here.rivals = [older('active')]
    settle(here, 150)
    expect(here.plan.status).to.include({ phase: 'published', waitingFor: 'fleet/older' })
    expect(here.plan.status).not.to.have.any.keys('startedAt', 'currentStageId')
    expect(condition(here, 'Reconciling')).to.equal('True WaitingForPlan')
    expect(messageOf(here)).to.include('fleet/older')
    expect(labelled(here)).to.deep.equal([])
  })

  it('go on when the first has ended', () => {
    const here = world(mine, nodes(2))
    here.rivals = [older('active')]
    settle(here, 150)
    here.rivals = [older('rolled_back')]
    rollOut(here, 200)
    expect(here.plan.status.phase).to.equal('completed')
    expect(here.plan.status).not.to.have.property('waitingFor')
  })

  it('cannot be made to run together by a retry', () => {
    const here = world(mine, nodes(2))
    here.rivals = [older('active')]
    const outcome = ask(here, recovery('retry', { planName: 'mine', created: 120 }), 150)
    expect(outcome).to.include({ kind: 'refused', code: 'waiting_for_plan' })
    expect(outcome.kind === 'refused' && outcome.message).to.include('fleet/older')
  })

  it('never take a node from each other: the last nodes are waited for', () => {
    const here = world(plan({ name: 'mine', created: 100, stages: [stage('stage-01', { batchSize: 2 })] }), nodes(3))
    update(here, 'n02', one => activated(one, older('active'), { at: 90 }))
    const mover = plan({ name: 'older', created: 0, fleet: { not: 'overlapping' }, status: { phase: 'paused' } })
    here.rivals = [mover]
    rollOut(here, 150)
    expect(here.plan.status.phase).to.equal('active')
    expect(condition(here, 'Reconciling')).to.equal('True WaitingForPlan')
    expect(messageOf(here)).to.include('fleet/older')
    here.rivals = [{ ...mover, status: { phase: 'completed' } }]
    rollOut(here, 200)
    expect(here.plan.status.phase).to.equal('completed')
  })
})
