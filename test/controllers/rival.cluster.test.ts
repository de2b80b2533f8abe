import { expect } from 'chai'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { reasonOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

/** The plan `first` runs with its nodes in flight, and `second` waits for it. */
async function oneAfterTheOther(scene: Scene): Promise<void> {
  await scene.publish({ name: 'first', release: 'v1', stages: [{ id: 's1', batchSize: 2 }] })
  await scene.untilLabelled(2, 'v1')
  await scene.publish({ name: 'second', release: 'v2', stages: [{ id: 's1', batchSize: 2 }] })
  await scene.until('the second waits', plan => reasonOf(plan) === 'WaitingForPlan', { plan: 'second' })
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

    it('with different labels run side by side on the same nodes', async () => {
      const scene = await world.scene('two-labels', { nodes: 1 })
      await scene.publish({ name: 'agent' })
      await scene.publish({ name: 'firmware', label: `${scene.label}-firmware` })
      await scene.untilLabelled(1)
      const active = (plan: { readonly status: { readonly phase: string } }) => plan.status.phase === 'active'
      await scene.until('the other runs, too', active, { plan: 'firmware' })
      await scene.until('and the first still does', active, { plan: 'agent' })
    })
  })
})
