import { expect } from 'chai'
import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import { recover } from '../../operator/rollout/recovery.ts'
import { CONFIRM, at, node, nodes, plan, recovery, stage } from './build.ts'
import {
  type World,
  ask,
  condition,
  labelled,
  look,
  memberNames,
  ownList,
  rollOut,
  settle,
  stageOf,
  world,
} from './world.ts'

const ring = (name: string) => ({ selector: { matchLabels: { ring: name } } })
const inRing = (ringName: string, ...names: readonly string[]) =>
  names.map(name => node(name, { labels: { ring: ringName } }))

/** The first stage is about to be left; the second has nodes of its own, and the third takes everyone left. */
function three(): World {
  const stages = [
    stage('s1', { nodes: ring('a') }),
    stage('s2', { nodes: ring('b'), batchSize: '100%' }),
    stage('s3', { batchSize: '100%', gates: [{ kind: 'manual' }] }),
  ]
  const here = world(plan({ stages }), [...inRing('a', 'a1'), ...inRing('b', 'b1', 'b2'), ...nodes(2)])
  settle(here, 0)
  return here
}

/** Two recoveries asked for in the same second, and then all that is to be done. */
function both(here: World, first: Strategy, second: Strategy): void {
  for (const [position, strategy] of [first, second].entries())
    ask(here, recovery(strategy, { name: `asked-${position}` }), 10)
}

describe('stage that has opened and has not been given its members yet', () => {
  it('keeps its members when it is skipped, and they are caught up', () => {
    const here = three()
    both(here, 'skip_failed', 'skip_failed')
    expect(stageOf(here, 's2')).to.deep.include({ phase: 'promoted', skipped: true })
    expect(memberNames(here, 's2')).to.have.members(['b1', 'b2'])
    rollOut(here, 11)
    expect(labelled(here)).to.include.members(['b1', 'b2'])
  })

  it('keeps its members when it is halted, and the next stage does not take them', () => {
    const here = three()
    both(here, 'skip_failed', 'halt')
    ask(here, recovery('retry'), 60)
    rollOut(here, 61)
    expect(stageOf(here, 's2')).to.deep.include({ phase: 'halted' })
    expect(labelled(here)).to.deep.equal(['a1', 'n01', 'n02'])
  })

  for (const strategy of ['skip_failed', 'halt'] as const)
    it(`has ${strategy} postponed, and tells what it will come to`, () => {
      const here = three()
      ask(here, recovery('skip_failed', { name: 'first' }), 10)
      const outcome = recover(look(here), recovery(strategy, { name: 'second' }), at(10))
      expect(outcome).to.deep.include({ kind: 'postponed' })
      expect('result' in outcome && outcome.result.newPhase).to.equal(strategy === 'halt' ? 'paused' : 'active')
    })

  for (const strategy of ['rollback', 'cancel'] as const)
    it(`has ${strategy} take effect at once`, () => {
      const here = three()
      ask(here, recovery('skip_failed', { name: 'first' }), 10)
      expect(recover(look(here), recovery(strategy), at(10)).kind).to.equal('applied')
    })

  it('can be skipped at once when it selects no node', () => {
    const here = world(plan({ stages: [stage('s1', { nodes: ring('a') }), stage('s2')] }), nodes(2))
    settle(here, 0)
    expect(recover(look(here), recovery('skip_failed'), at(10)).kind).to.equal('applied')
  })
})

describe('stage that opens while pods cannot be seen', () => {
  const blindly = (strategy: Strategy): World => {
    const stages = [stage('s1', { nodes: ring('b') }), stage('s2', { batchSize: '100%' })]
    const here = world(plan({ stages, confirm: CONFIRM.pod }), [...inRing('b', 'b1'), ...nodes(2)])
    here.pods = undefined
    settle(here, 0)
    ask(here, recovery(strategy), 5)
    settle(here, 6)
    here.pods = new Map()
    return here
  }

  it('is given its members, and none of them is told', () => {
    const here = world(plan({ confirm: CONFIRM.pod }), nodes(3))
    here.pods = undefined
    settle(here, 0)
    expect(stageOf(here)).to.deep.include({ members: { count: 3, digest: ownList(here)!.digest } })
    expect(stageOf(here).released).to.equal(0)
    expect(labelled(here)).to.deep.equal([])
    expect(condition(here, 'Reconciling')).to.equal('True PodsUnknown')
  })

  it('goes on with them when pods can be seen', () => {
    const here = world(plan({ confirm: CONFIRM.pod }), nodes(3))
    here.pods = undefined
    settle(here, 0)
    here.pods = new Map()
    settle(here, 5)
    expect(labelled(here)).to.have.length(1)
  })

  it('keeps its nodes from every other stage when it is halted', () => {
    const here = blindly('halt')
    ask(here, recovery('retry'), 7)
    settle(here, 8)
    expect(labelled(here)).to.deep.equal(['n01', 'n02'])
  })

  it('has its nodes caught up when it is skipped', () => {
    const here = blindly('skip_failed')
    settle(here, 8)
    expect(labelled(here)).to.deep.equal(['b1', 'n01', 'n02'])
  })
})
