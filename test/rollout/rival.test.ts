import { expect } from 'chai'
import type { PlanPhase } from '../../operator/api/rollout-plan-status.ts'
import { blocker, isLater } from '../../operator/rollout/rival.ts'
import { RELEASE_LABEL } from '../../operator/api/names.ts'
import { RELEASE, activated, node, nodes, plan, recovery, reporting, stage } from './build.ts'
import { ask, condition, labelled, messageOf, rollOut, settle, update, world, type World } from './world.ts'

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

  describe('the first of which was stopped and has still nodes in flight to give back', () => {
    const ORIGINAL = '1.3.0'
    const old = { [RELEASE_LABEL]: ORIGINAL }

    /** The first has confirmed one of two nodes; its stop is committed, and it has withdrawn nothing yet. */
    function stopped(strategy: 'rollback' | 'cancel' | 'halt') {
      const stages = [stage('stage-01', { batchSize: 2 })]
      const spec = { release: 'bad' }
      const first = world(plan({ name: 'first', stages, spec }), nodes(2, { labels: old }))
      settle(first, 0)
      update(first, 'n01', one => reporting(one, 'bad'))
      settle(first, 5)
      ask(first, recovery(strategy, { planName: 'first' }), 10)
      if (strategy === 'halt') ask(first, recovery('retry', { planName: 'first', name: 'go-on' }), 10)
      const rivalLists = new Map([[first.plan.metadata.uid, first.lists]])
      const second = { ...world(plan({ name: 'second', created: 5, stages })), nodes: first.nodes, rivalLists }
      second.rivals = [first.plan]
      return { first, second }
    }
    const releases = ({ nodes: all }: World) => [...all.values()].map(({ metadata }) => metadata.labels[RELEASE_LABEL])

    for (const strategy of ['rollback', 'cancel', 'halt'] as const)
      it(`begins with the others, and takes those when they have been given back (${strategy})`, () => {
        const { first, second } = stopped(strategy)
        settle(second, 11)
        expect(releases(second)).to.deep.equal([RELEASE, 'bad'])
        settle(first, 12)
        expect(releases(second)).to.deep.equal([RELEASE, ORIGINAL])
        settle(second, 13)
        expect(releases(second)).to.deep.equal([RELEASE, RELEASE])
      })

    it('never gives a node the release back that the first was stopped for', () => {
      const { first, second } = stopped('rollback')
      settle(second, 11)
      settle(first, 12)
      settle(second, 13)
      ask(second, recovery('rollback', { planName: 'second', created: 15 }), 20)
      settle(second, 21)
      expect(releases(second)).to.deep.equal(['bad', ORIGINAL])
    })

    it('does not wait for what cannot be given back because its members are lost', () => {
      const { second } = stopped('rollback')
      const here = { ...second, rivalLists: new Map() }
      settle(here, 11)
      expect(releases(here)).to.deep.equal([RELEASE, RELEASE])
    })
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
