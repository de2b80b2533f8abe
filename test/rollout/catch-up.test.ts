import { expect } from 'chai'
import type { PlanPhase } from '../../operator/api/rollout-plan-status.ts'
import type { StageSpec } from '../../operator/api/rollout-plan.ts'
import { ANNOTATION } from '../../operator/api/names.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { RELEASE, activated, at, node, nodes, plan, recovery, reporting, stage } from './build.ts'
import {
  ask,
  condition,
  labelled,
  look,
  memberNames,
  messageOf,
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
  plan({
    stages: [
      stage('stage-01', { nodes: { selector: { matchLabels: { ring: 'one' } } }, maxUnreachable: '100%', ...spec }),
      stage('stage-02', { gates: [{ kind: 'manual' }] }),
    ],
  })
const ring = (name: string) => node(name, { labels: { ring: 'one' } })

/** Stage 1 (a, b and c) is promoted without the nodes named; stage 2 (z) is current. */
function leftOut(names: readonly string[], spec: Partial<StageSpec> = {}): World {
  const here = world(two(spec), [ring('a'), ring('b'), ring('c'), node('z')])
  for (const name of names) setReady(here, name, false, -5)
  rollOut(here, 0)
  expect(here.plan.status.currentStageId).to.equal('stage-02')
  return here
}

describe('tolerated node that comes back', () => {
  it('is activated also while the list of the next stage cannot be kept', () => {
    const stages = ['one', 'two', 'three'].map(name =>
      stage(`stage-${name}`, { nodes: { selector: { matchLabels: { ring: name } } }, maxUnreachable: '100%' }),
    )
    const fleet = [ring('a'), ring('b'), ...['two', 'three'].map(name => node(name, { labels: { ring: name } }))]
    const here = world(plan({ stages }), fleet)
    setReady(here, 'b', false, -5)
    settle(here, 0)
    update(here, 'a', found => reporting(found, RELEASE))
    settle(here, 10)
    expect(labelled(here)).to.deep.equal(['a', 'two'])
    here.lists.delete('stage-three')
    update(here, 'two', found => reporting(found, RELEASE))
    setReady(here, 'b', true, 50)
    const wants = () => decide(look(here), at(60))
    expect(wants().freeze?.stage).to.equal('stage-three')
    expect(wants().status.stages?.[0]?.released, 'it may be told').to.equal(2)
    here.plan = { ...here.plan, status: wants().status }
    expect(wants().freeze?.stage).to.equal('stage-three')
    expect(wants().activate.map(({ member }) => member.name)).to.deep.equal(['b'])
  })

  it('is activated while a later stage is current, as a member of its own stage', () => {
    const here = leftOut(['b'])
    setReady(here, 'b', true, 50)
    settle(here, 60)
    expect(labelled(here)).to.deep.equal(['a', 'b', 'c', 'z'])
    const back = [...here.nodes.values()].find(one => one.metadata.name === 'b')
    expect(back?.metadata.annotations).to.include({ [ANNOTATION.stage]: 'stage-01', [ANNOTATION.attempt]: '1' })
    expect(stageOf(here).phase).to.equal('promoted')
  })

  it('is activated after the plan is completed', () => {
    const here = leftOut(['b'])
    ask(here, recovery('approve', { stageId: 'stage-02' }), 10)
    rollOut(here, 10)
    expect(here.plan.status.phase).to.equal('completed')
    expect(messageOf(here)).to.include('3 of 4 nodes activated; 1 more')
    setReady(here, 'b', true, 50)
    rollOut(here, 60)
    expect(labelled(here)).to.include('b')
    expect(messageOf(here)).to.equal('4 of 4 nodes activated')
    expect(here.plan.status).to.include({ phase: 'completed', progress: '4/4' })
  })

  it('is activated while the current stage is blocked', () => {
    const here = leftOut(['b'])
    update(here, 'z', one => reporting(one, 'failed:1.4.2'))
    settle(here, 10)
    expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
    setReady(here, 'b', true, 50)
    settle(here, 60)
    expect(labelled(here)).to.include('b')
  })

  it('comes at the batch size of its own stage, however many come back at once', () => {
    const here = leftOut(['a', 'b', 'c'], { batchSize: 2, allowEmpty: true })
    for (const name of ['a', 'b', 'c']) setReady(here, name, true, 50)
    settle(here, 60)
    expect(labelled(here).filter(name => name !== 'z')).to.have.length(2)
    rollOut(here, 70)
    expect(labelled(here)).to.have.length(4)
  })

  it('has its failure reported, and blocks nothing by it', () => {
    const here = leftOut(['b'])
    setReady(here, 'b', true, 50)
    settle(here, 60)
    update(here, 'b', one => reporting(one, 'failed:1.4.2 no disk'))
    settle(here, 70)
    expect(here.plan.status.failingNodes?.map(({ name, stage: id }) => [name, id])).to.deep.equal([['b', 'stage-01']])
    expect(condition(here, 'Stalled')).to.match(/^False/)
    ask(here, recovery('approve', { stageId: 'stage-02' }), 80)
    rollOut(here, 80, ['b'])
    expect(here.plan.status.phase).to.equal('completed')
  })

  it('waits while the plan is paused', () => {
    const here = leftOut(['b'])
    ask(here, recovery('pause'), 40)
    setReady(here, 'b', true, 50)
    settle(here, 60)
    expect(labelled(here)).not.to.include('b')
    ask(here, recovery('resume'), 70)
    settle(here, 70)
    expect(labelled(here)).to.include('b')
  })

  for (const strategy of ['rollback', 'cancel'] as const)
    it(`is left alone for good after a ${strategy}`, () => {
      const here = leftOut(['b'])
      ask(here, recovery(strategy), 40)
      setReady(here, 'b', true, 50)
      settle(here, 60)
      expect(labelled(here)).not.to.include('b')
    })
})

describe('member of a skipped stage', () => {
  it('is caught up when it was not reached, and left as it is when it had failed', () => {
    const here = world(two({ batchSize: 1 }), [ring('a'), ring('b'), ring('c'), node('z')])
    settle(here, 0)
    const [first, ...others] = memberNames(here)
    update(here, first!, one => reporting(one, 'failed:1.4.2'))
    settle(here, 10)
    ask(here, recovery('skip_failed'), 20)
    rollOut(here, 30, [first!])
    expect(stageOf(here)).to.include({ phase: 'promoted', skipped: true })
    expect(stageOf(here).counts).to.include({ failed: 1, activated: 2 })
    expect(labelled(here)).to.include.members(others)
  })

  it('is never caught up when its stage was halted', () => {
    const here = world(two(), [ring('a'), ring('b'), ring('c'), node('z')])
    settle(here, 0)
    ask(here, recovery('halt'), 10)
    settle(here, 10)
    ask(here, recovery('retry'), 20)
    rollOut(here, 30)
    expect(labelled(here)).to.deep.equal(['z'])
  })
})

describe('catch-up beside a later plan', () => {
  const later = (phase: PlanPhase, fleet?: { [label: string]: string }) =>
    plan({ name: 'newer', created: 500, status: { phase }, ...(fleet ? { fleet } : {}) })

  /** Node b comes back after another plan appeared. */
  function back(...rivals: World['rivals']): string[] {
    const here = leftOut(['b'])
    here.rivals.push(...rivals)
    setReady(here, 'b', true, 900)
    settle(here, 1000)
    return labelled(here)
  }

  for (const phase of ['active', 'paused', 'completed'] as const)
    it(`leaves the node to a later plan that is ${phase}`, () => {
      expect(back(later(phase))).not.to.include('b')
    })

  for (const phase of ['published', 'rolled_back', 'cancelled'] as const)
    it(`does not leave it to a later plan that is ${phase}`, () => {
      expect(back(later(phase))).to.include('b')
    })

  it('does not leave it to a later plan about other nodes, nor to an earlier plan', () => {
    expect(back(later('completed', { fleet: 'elsewhere' }))).to.include('b')
    expect(back(plan({ name: 'older', created: -500, status: { phase: 'completed' } }))).to.include('b')
  })

  it('never moves a node back that a later plan has moved, though that plan was stopped or deleted since', () => {
    for (const rivals of [[later('rolled_back')], []]) {
      const here = leftOut(['b'])
      here.rivals.push(...rivals)
      update(here, 'b', one => activated(one, later('active'), { at: 600 }))
      setReady(here, 'b', true, 900)
      expect(tick(here, 1000).activate).to.deep.equal([])
    }
  })

  it('moves on a node that an earlier, deleted plan had moved before this plan started', () => {
    const here = leftOut(['b'])
    update(here, 'b', one => activated(one, plan({ name: 'older', created: -500 }), { at: -400 }))
    setReady(here, 'b', true, 900)
    expect(tick(here, 1000).activate).to.deep.equal([])
    expect(tick(here, 1000).activate.map(({ member }) => member.name)).to.deep.equal(['b'])
  })

  it('is not promised in the report of a completed plan', () => {
    const here = world(plan({ stages: [stage('stage-01', { maxUnreachable: 1 })] }), nodes(2))
    setReady(here, 'n01', false, -5)
    rollOut(here, 0)
    here.rivals.push(later('active'))
    settle(here, 10)
    expect(messageOf(here)).to.equal('1 of 2 nodes activated')
  })
})
