import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { setNodeReady } from '../cluster/fault.ts'
import { createNodes } from '../cluster/simulated-node.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { conditionOf, nodePath, patch, reasonOf, remove, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

const countsOf = (plan: RolloutPlan) => stageOf(plan)?.counts
const failureOf = ({ status }: RolloutPlan, name = '') => status.failingNodes?.find(node => node.name === name)

/** Two nodes, both told; the first has confirmed. */
async function oneConfirmed(scene: Scene): Promise<string> {
  const [first = ''] = scene.names
  await scene.publish({ stages: [{ id: 's1', batchSize: 2 }] })
  await scene.untilLabelled(2)
  await scene.confirm([first])
  await scene.until('one node is activated', plan => countsOf(plan)?.activated === 1)
  return first
}

describe('node of a plan', () => {
  const world = sharedWorld()

  together(it => {
    it('is pending, then activating, then activated, and the counts say so', async () => {
      const scene = await world.scene('counts', { nodes: 3 })
      await scene.publish()
      const [told = ''] = await scene.untilLabelled(1)
      const started = await scene.until('one is in flight', plan => countsOf(plan)?.activating === 1)
      expect(countsOf(started)).to.include({ total: 3, pending: 2, activating: 1, activated: 0 })
      expect(started.status.conditions?.[0]?.message).to.include(`first ${told}: its agent has not reported`)
      await scene.confirm([told])
      const next = await scene.until('one is activated', plan => countsOf(plan)?.activated === 1)
      expect(countsOf(next)).to.include({ total: 3, failed: 0, gone: 0 })
      expect(next.status.progress).to.equal('1/3')
    })

    it('is activated by being Ready, when the plan confirms by that, after minReadySeconds', async () => {
      const scene = await world.scene('by-ready', { nodes: 1 })
      await scene.publish({ confirm: { kind: 'ready', minReadySeconds: 2 } })
      const plan = await scene.until('it is completed', found => found.status.phase === 'completed')
      const { startedAt = '', completedAt = '' } = plan.status
      expect(Date.parse(completedAt) - Date.parse(startedAt)).to.be.at.least(2_000)
    })

    it('fails by time-out, is named, and stops the stage from going further', async () => {
      const scene = await world.scene('time-out', { nodes: 3 })
      await scene.publish({ timeoutSeconds: 1 })
      const [told = ''] = await scene.untilLabelled(1)
      const plan = await scene.until('it is blocked', found => reasonOf(found) === 'TooManyFailures')
      expect(failureOf(plan, told)).to.include({ stage: 's1', reason: 'TimedOut' })
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('True')
      expect(await scene.labelled()).to.deep.equal([told])
    })

    it('fails when its agent says so, with the words of the agent; and is activated when it recovers', async () => {
      const scene = await world.scene('agent', { nodes: 1 })
      await scene.publish()
      await scene.untilLabelled(1)
      await scene.confirm(scene.names, 'failed:v2 disk is full')
      const plan = await scene.until('it has failed', found => countsOf(found)?.failed === 1)
      expect(failureOf(plan, scene.names[0])).to.deep.include({
        reason: 'AgentReportedFailure',
        message: 'its agent reports: disk is full',
      })
      await scene.confirm(scene.names)
      await scene.until('it is completed', found => found.status.phase === 'completed')
    })

    it('fails when it is lost after it has confirmed', async () => {
      const scene = await world.scene('lost', { nodes: 2 })
      const first = await oneConfirmed(scene)
      await setNodeReady(scene.cluster, [first], 'False')
      const plan = await scene.until('it has failed', found => countsOf(found)?.failed === 1)
      expect(failureOf(plan, first)).to.include({ reason: 'NodeNotReady' })
    })

    it('may be not Ready for a time before it has confirmed: it may be rebooting into the release', async () => {
      const scene = await world.scene('reboot', { nodes: 1 })
      await scene.publish()
      await scene.untilLabelled(1)
      await setNodeReady(scene.cluster, scene.names, 'False')
      const down = await scene.until('the operator has seen it', plan =>
        (plan.status.conditions?.[0]?.message ?? '').includes('node is not Ready'),
      )
      expect(countsOf(down)).to.include({ activating: 1, failed: 0 })
      await setNodeReady(scene.cluster, scene.names, 'True')
      await scene.confirm(scene.names)
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
    })

    it('fails when somebody changes its label, which the operator does not fight over', async () => {
      const scene = await world.scene('label', { nodes: 2 })
      const first = await oneConfirmed(scene)
      await patch(scene.cluster, nodePath(first), { metadata: { labels: { [scene.label]: 'mine' } } })
      const plan = await scene.until('it has failed', found => countsOf(found)?.failed === 1)
      expect(failureOf(plan, first)).to.include({ reason: 'LabelChanged' })
      expect((await scene.node(first)).metadata.labels?.[scene.label]).to.equal('mine')
    })

    it('is unreachable when it is not Ready before its turn: the stage waits and names it', async () => {
      const scene = await world.scene('unreachable', { nodes: 2 })
      const [away = '', here = ''] = scene.names
      await setNodeReady(scene.cluster, [away], 'False')
      await scene.publish()
      expect(await scene.untilLabelled(1)).to.deep.equal([here])
      await scene.confirm([here])
      const plan = await scene.until('it waits', found => reasonOf(found) === 'NodesUnreachable')
      expect(plan.status.conditions?.[0]?.message).to.include(away)
      expect(countsOf(plan)).to.include({ unreachable: 1, activated: 1 })
      await setNodeReady(scene.cluster, [away], 'True')
      await scene.untilLabelled(2)
      await scene.confirm([away])
      await scene.until('it is completed', found => found.status.phase === 'completed')
    })

    it('is left out while tolerated, and caught up when it returns, though the plan is completed', async () => {
      const scene = await world.scene('catch-up', { nodes: 2 })
      const [away = '', here = ''] = scene.names
      await setNodeReady(scene.cluster, [away], 'False')
      await scene.publish({ stages: [{ id: 's1', maxUnreachable: '50%' }] })
      await scene.untilLabelled(1)
      await scene.confirm([here])
      await scene.until('it is completed', found => found.status.phase === 'completed')
      await scene.until('it says who follows', ({ status }) =>
        (status.conditions?.[0]?.message ?? '').includes('1 more are activated when they can be reached'),
      )
      await setNodeReady(scene.cluster, [away], 'True')
      await scene.untilLabelled(2)
      await scene.confirm([away])
      await scene.until('all are activated', found => found.status.progress === '2/2')
    })

    it('is gone when it is deleted, and one made anew under its name is no member', async () => {
      const scene = await world.scene('gone', { nodes: 3 })
      await scene.publish()
      const [told = ''] = await scene.untilLabelled(1)
      const deleted = scene.names.find(name => name !== told) ?? ''
      await remove(scene.cluster, nodePath(deleted))
      await scene.until('one is gone', plan => countsOf(plan)?.gone === 1)
      const index = Number(deleted.slice('gone-'.length))
      await createNodes(scene.cluster, { count: 1, prefix: 'gone', first: index, labels: () => scene.selector })
      await scene.confirm([told])
      const [, last = ''] = (await scene.untilLabelled(2)).toSorted((a, b) => Number(b === told) - Number(a === told))
      expect(last).to.not.equal(deleted)
      await scene.confirm([last])
      const plan = await scene.until('it is completed', found => found.status.phase === 'completed')
      expect(plan.status.unassigned).to.equal(1)
      expect(await scene.labelled()).to.not.include(deleted)
    })
  })
})
