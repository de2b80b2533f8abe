import { expect } from 'chai'
import { nodesOf } from '../../../operator/rollout/report/node.ts'
import {
  CONFIRM,
  activated,
  at,
  frozen,
  node,
  nodes,
  observation,
  opened,
  plan,
  reporting,
  stage,
  time,
} from '../build.ts'
import { look, memberNames, rollOut, world } from '../world.ts'

const two = () =>
  plan({ stages: [stage('stage-01', { nodes: { limit: 2 }, batchSize: 2 }), stage('stage-02', { batchSize: 5 })] })

describe('node report', () => {
  it('has a row for each member of the stages opened so far, in the order in which they are activated', () => {
    const here = world(two(), nodes(5))
    rollOut(here, 0)
    const rows = nodesOf(look(here), at(0))
    expect(rows.map(({ stageId }) => stageId)).to.deep.equal([
      'stage-01',
      'stage-01',
      'stage-02',
      'stage-02',
      'stage-02',
    ])
    const names = ['stage-01', 'stage-02'].flatMap(id => memberNames(here, id))
    expect(rows.map(row => row.node)).to.deep.equal(names)
  })

  it('tells the state that each node is in at that time', () => {
    const here = world(two(), nodes(5))
    rollOut(here, 0, ['n01', 'n02', 'n03', 'n04', 'n05'])
    const statesAt = (seconds: number) => nodesOf(look(here), at(seconds)).map(({ state }) => state)
    expect(statesAt(0)).to.deep.equal(['activating', 'activating'])
    expect(statesAt(601)).to.deep.equal(['failed', 'failed'])
  })

  const rowOf = (seen: ReturnType<typeof node> | undefined, parts: { seconds?: number; released?: number } = {}) => {
    const named = node('n01')
    const of = frozen(named)
    const status = { phase: 'active', currentStageId: 'stage-01', stages: [opened('stage-01', of, parts)] } as const
    const seenOf = { plan: plan({ status }), nodes: seen === undefined ? [] : [seen], frozen: { 'stage-01': of } }
    const [row] = nodesOf(observation(seenOf), at(parts.seconds ?? 1))
    return row
  }

  for (const [state, seen, parts, more] of [
    ['pending', node('n01'), { released: 0 }, {}],
    ['activating', activated(node('n01'), plan()), {}, { reason: 'Waiting', message: 'its agent has not reported' }],
    ['activated', reporting(activated(node('n01'), plan()), '1.4.2'), {}, { since: time(0) }],
    ['failed', activated(node('n01'), plan()), { seconds: 601 }, { reason: 'TimedOut' }],
    ['unreachable', node('n01', { ready: false }), { released: 0 }, { reason: 'NodeNotReady' }],
    ['gone', undefined, {}, { reason: 'Deleted' }],
  ] as const)
    it(`tells of a node that is ${state} what is known of it`, () => {
      expect(rowOf(seen, parts)).to.include({ node: 'n01', uid: 'uid-n01', stageId: 'stage-01', state, ...more })
    })

  it('says of nodes that cannot be seen to have confirmed that their pods are unknown', () => {
    const named = node('n01')
    const of = frozen(named)
    const byPod = plan({ confirm: CONFIRM.pod })
    const status = { phase: 'active', currentStageId: 'stage-01', stages: [opened('stage-01', of)] } as const
    const seen = { plan: { ...byPod, status }, nodes: [activated(named, byPod)], frozen: { 'stage-01': of } }
    const [row] = nodesOf(observation({ ...seen, pods: 'unseen' }), at(1))
    expect(row?.reason).to.equal('PodsUnknown')
  })
})
