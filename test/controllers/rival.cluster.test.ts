import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { setNodeReady } from '../cluster/fault.ts'
import { RELEASE } from './harness/plan-manifest.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { belongings, reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

/** The plan `first` runs with its nodes in flight, and `second` waits for it. */
async function oneAfterTheOther(scene: Scene): Promise<void> {
  await scene.publish({ name: 'first', release: 'v1', stages: [{ id: 's1', batchSize: 2 }] })
  await scene.untilLabelled(2, 'v1')
  await scene.publish({ name: 'second', release: 'v2', stages: [{ id: 's1', batchSize: 2 }] })
  await scene.until('the second waits', plan => reasonOf(plan) === 'WaitingForPlan', { plan: 'second' })
}

const completed = (plan: RolloutPlan) => plan.status.phase === 'completed'

/** A plan by another label moves all nodes of the scene, and is completed; answers its label. */
async function firmware(scene: Scene): Promise<string> {
  const label = `${scene.label}-firmware`
  await scene.publish({ name: 'firmware', label, confirm: { kind: 'ready' } })
  await scene.until('the other is completed', completed, { plan: 'firmware' })
  return label
}

describe('two plans', () => {
  const world = sharedWorld()

  together(it => {
    it('about the same nodes run one after the other: the later one names the one it waits for', async () => {
      const scene = await world.scene('in-turn', { nodes: 2 })
      await oneAfterTheOther(scene)
      const waiting = await scene.plan('second')
      expect(waiting.status.phase).to.equal('published')
      expect(waiting.status.waitingFor).to.equal('t-in-turn/first')
      expect(waiting.status.conditions?.[0]?.message).to.include('waits until plan t-in-turn/first')
      expect(await scene.labelled('v2')).to.deep.equal([])
      await scene.confirm(scene.names, 'v1')
      await scene.until('the first is completed', plan => plan.status.phase === 'completed', { plan: 'first' })
      await scene.untilLabelled(2, 'v2')
      expect((await scene.plan('second')).status.waitingFor).to.equal(undefined)
    })

    it('go on with the second when the first is rolled back', async () => {
      const scene = await world.scene('in-turn-rollback', { nodes: 2 })
      await oneAfterTheOther(scene)
      await scene.recover('rollback', { planName: 'first' })
      await scene.until('the second runs', plan => plan.status.phase === 'active', { plan: 'second' })
      await scene.untilLabelled(2, 'v2')
      await scene.recover('rollback', { planName: 'second' })
      const none = async () =>
        (await scene.nodes()).every(({ metadata }) => metadata.labels?.[scene.label] === undefined)
      await scene.eventually('nodes have what they had before both', none)
    })

    it('can have the waiting one cancelled, without a trace on any node', async () => {
      const scene = await world.scene('in-turn-cancel', { nodes: 2 })
      await oneAfterTheOther(scene)
      const { status } = await scene.recover('cancel', { planName: 'second' })
      expect(status).to.include({ previousPhase: 'published', newPhase: 'cancelled' })
      expect(await scene.labelled('v1')).to.have.length(2)
    })

    it('about different nodes run side by side', async () => {
      const scene = await world.scene('apart', { nodes: 2, labels: index => ({ half: String(index) }) })
      for (const half of ['0', '1'])
        await scene.publish({
          name: `half-${half}`,
          release: `v${half}`,
          fleet: { selector: { matchLabels: { ...scene.selector, half } } },
        })
      await Promise.all([scene.untilLabelled(1, 'v0'), scene.untilLabelled(1, 'v1')])
    })

    it('with different labels run side by side on the same nodes, and are both completed', async () => {
      const scene = await world.scene('two-labels', { nodes: 2 })
      await scene.publish({ name: 'agent', stages: [{ id: 's1', batchSize: 2 }] })
      await scene.untilLabelled(2)
      await firmware(scene)
      // Numbers are written a second late.
      const counted = (plan: RolloutPlan) => stageOf(plan)?.counts?.activating === 2
      const active = await scene.until('the first has counted its nodes', counted, { plan: 'agent' })
      expect(active.status.phase).to.equal('active')
      await scene.confirm(scene.names)
      await scene.until('the first is completed', completed, { plan: 'agent' })
    })

    it('with different labels get back what each of them had moved, and no more', async () => {
      const scene = await world.scene('two-labels-back', { nodes: 2 })
      const before = (await scene.nodes()).map(belongings)
      await scene.publish({ name: 'agent', stages: [{ id: 's1', batchSize: 2 }] })
      await scene.untilLabelled(2)
      const label = await firmware(scene)
      await scene.recover('rollback', { planName: 'agent' })
      await scene.untilLabelled(0)
      for (const [position, node] of (await scene.nodes()).entries()) {
        const { labels, annotations } = belongings(node)
        expect(labels).to.deep.equal({ ...before[position]?.labels, [label]: RELEASE })
        const others = Object.keys(annotations).filter(key => !key.startsWith(`${label}.`))
        expect(others).to.deep.equal(Object.keys(before[position]?.annotations ?? {}))
      }
    })

    it('with different labels catch up a node that the other has moved meanwhile', async () => {
      const scene = await world.scene('two-labels-late', { nodes: 2 })
      const [late = '', ready = ''] = scene.names
      await setNodeReady(scene.cluster, [late], 'False')
      await scene.publish({ name: 'agent', confirm: { kind: 'ready' }, stages: [{ id: 's1', maxUnreachable: 1 }] })
      await scene.until('it is completed without the node', completed, { plan: 'agent' })
      expect(await scene.labelled()).to.deep.equal([ready])
      await scene.publish({
        name: 'firmware',
        label: `${scene.label}-firmware`,
        confirm: { kind: 'annotation' },
        stages: [{ id: 's1', batchSize: 2 }],
      })
      await scene.until('the other runs', plan => stageOf(plan)?.members?.count === 2, { plan: 'firmware' })
      await setNodeReady(scene.cluster, [late], 'True')
      await scene.untilLabelled(2)
      const other = async () => (await scene.node(late)).metadata.labels?.[`${scene.label}-firmware`] === RELEASE
      await scene.eventually('both have moved it', other)
      await scene.recover('rollback', { planName: 'firmware' })
      await scene.eventually('only one has it', async () => !(await other()))
      expect(await scene.labelled()).to.have.length(2)
    })
  })
})
