import { expect } from 'chai'
import { setNodeReady } from '../cluster/fault.ts'
import { expectRecorded } from './harness/recorded.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { belongings, conditionOf, reasonOf, stageOf, substance } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

describe('stopping a plan', () => {
  const world = sharedWorld()

  /** Two nodes in flight and one activated, of four; answers what each node had before the plan, and the activated one. */
  async function halfWay(scene: Scene) {
    const before = new Map((await scene.nodes()).map(node => [node.metadata.name, belongings(node)]))
    await scene.publish({ stages: [{ id: 's1', batchSize: 2 }, { id: 's2' }] })
    const [activated = ''] = await scene.untilLabelled(2)
    await scene.confirm([activated])
    await scene.until('one node is activated', plan => stageOf(plan)?.counts?.activated === 1)
    await scene.untilLabelled(3)
    return { before, activated, as: substance(await scene.node(activated)) }
  }

  /** The activated node is as it was when the plan was stopped, every other node as it was before the plan. */
  async function expectWithdrawn(scene: Scene, { before, activated, as }: Awaited<ReturnType<typeof halfWay>>) {
    await scene.untilLabelled(1)
    for (const node of await scene.nodes()) {
      const { name } = node.metadata
      if (name === activated) expect(substance(node)).to.deep.equal(as)
      else expect(belongings(node), name).to.deep.equal(before.get(name))
    }
  }

  /** A plan that waits because another one has its nodes. */
  async function waiting(scene: Scene) {
    await scene.publish({ name: 'first' })
    await scene.until('the first plan runs', plan => plan.status.phase === 'active', { plan: 'first' })
    await scene.publish()
    await scene.until('the second plan waits', plan => reasonOf(plan) === 'WaitingForPlan')
  }

  together(it => {
    it('rollback of an active plan withdraws nodes in flight and leaves activated ones as they are', async () => {
      const scene = await world.scene('rollback', { nodes: 4 })
      const start = await halfWay(scene)
      const recovery = await scene.recover('rollback', { reason: 'it crashes', operator: 'bob' })
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'rolled_back' })
      await expectWithdrawn(scene, start)
      await expectRecorded(scene, recovery)

      const plan = await scene.until(
        'nobody is in flight',
        ({ status }) => status.conditions?.[0]?.message.includes('no node') ?? false,
      )
      expect(plan.status.phase).to.equal('rolled_back')
      expect(plan.status.completedAt).to.equal(recovery.status.recoveredAt)
      expect(plan.status.stages?.map(({ phase }) => phase)).to.deep.equal(['halted', 'pending'])
      expect(reasonOf(plan)).to.equal('RolledBack')
      expect(conditionOf(plan, 'Ready')?.status).to.equal('False')
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('True')
      expect(conditionOf(plan, 'Stuck')?.status).to.equal('False')
      expect(plan.status.history?.map(({ event }) => event)).to.deep.equal([
        'PlanStarted',
        'StageOpened',
        'Recovered',
        'PlanRolledBack',
      ])
    })

    it('rollback gives nodes that an earlier plan had moved its release back, and its annotations', async () => {
      const scene = await world.scene('rollback-again', { nodes: 2 })
      await scene.publish({ name: 'first', release: 'v1', confirm: { kind: 'ready' } })
      await scene.until('the first plan is completed', plan => plan.status.phase === 'completed', { plan: 'first' })
      const before = (await scene.nodes()).map(belongings)
      await scene.publish({ stages: [{ id: 's1', batchSize: 2 }] })
      await scene.untilLabelled(2)
      await scene.recover('rollback')
      await scene.untilLabelled(2, 'v1')
      expect((await scene.nodes()).map(belongings)).to.deep.equal(before)
    })

    it('rollback gives the release before back, however long its artifact reference was', async () => {
      const scene = await world.scene('rollback-long', { nodes: 1 })
      const artifactRef = `oci.example/${'a'.repeat(1000)}`
      await scene.publish({ name: 'first', release: 'v1', artifactRef, confirm: { kind: 'ready' } })
      await scene.until('the first plan is completed', plan => plan.status.phase === 'completed', { plan: 'first' })
      await scene.publish()
      await scene.untilLabelled(1)
      await scene.recover('rollback')
      await scene.untilLabelled(0)
      expect(await scene.labelled('v1')).to.deep.equal(scene.names)
    })

    it('rollback of a plan that waits for another ends it before it has touched a node', async () => {
      const scene = await world.scene('rollback-waiting', { nodes: 1 })
      await waiting(scene)
      const recovery = await scene.recover('rollback')
      expect(recovery.status).to.include({ previousPhase: 'published', newPhase: 'rolled_back' })
      const plan = await scene.plan()
      expect(plan.status.stages?.map(({ phase }) => phase)).to.deep.equal(['pending'])
      expect(plan.status.startedAt).to.equal(undefined)
    })

    it('rollback of a paused plan withdraws its nodes in flight, too', async () => {
      const scene = await world.scene('rollback-paused', { nodes: 4 })
      const start = await halfWay(scene)
      await scene.recover('pause')
      const recovery = await scene.recover('rollback')
      expect(recovery.status).to.include({ previousPhase: 'paused', newPhase: 'rolled_back' })
      await expectWithdrawn(scene, start)
    })

    it('a plan that was rolled back does not activate a node that comes back', async () => {
      const scene = await world.scene('rollback-forgets', { nodes: 2 })
      const [lost = '', other = ''] = scene.names
      await setNodeReady(scene.cluster, [lost], 'False')
      await scene.publish({ stages: [{ id: 's1', batchSize: 2, maxUnreachable: 1, gates: [{ kind: 'manual' }] }] })
      await scene.untilLabelled(1)
      await scene.confirm([other])
      await scene.until('the stage has settled', plan => stageOf(plan)?.settledAt !== undefined)
      await scene.recover('rollback')
      await setNodeReady(scene.cluster, [lost], 'True')
      // Another plan, under another label, shows that the operator has seen the node come back.
      await scene.publish({ name: 'witness', label: `${scene.label}-witness`, confirm: { kind: 'ready' } })
      await scene.until('the witness is completed', plan => plan.status.phase === 'completed', { plan: 'witness' })
      expect(await scene.labelled()).to.deep.equal([other])
    })

    it('cancel of an active plan withdraws nodes in flight and leaves activated ones as they are', async () => {
      const scene = await world.scene('cancel', { nodes: 4 })
      const start = await halfWay(scene)
      const recovery = await scene.recover('cancel', { reason: 'not today', operator: 'bob' })
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'cancelled' })
      await expectWithdrawn(scene, start)
      await expectRecorded(scene, recovery)
      const plan = await scene.plan()
      expect(plan.status.phase).to.equal('cancelled')
      expect(reasonOf(plan)).to.equal('Cancelled')
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('True')
    })

    it('cancel before the start discards the plan', async () => {
      const scene = await world.scene('cancel-waiting', { nodes: 1 })
      await waiting(scene)
      const recovery = await scene.recover('cancel')
      expect(recovery.status).to.include({ previousPhase: 'published', newPhase: 'cancelled' })
      await expectRecorded(scene, recovery)
      expect(stageOf(await scene.plan())?.phase).to.equal('pending')
    })

    it('halt closes the stage for good, pauses the plan and withdraws nodes in flight', async () => {
      const scene = await world.scene('halt', { nodes: 4 })
      const start = await halfWay(scene)
      const recovery = await scene.recover('halt', { stageId: 's1', reason: 'a strange smell', operator: 'bob' })
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'paused' })
      await expectWithdrawn(scene, start)
      await expectRecorded(scene, recovery)
      const plan = await scene.plan()
      expect(plan.status).to.include({ phase: 'paused', currentStageId: 's1' })
      expect(stageOf(plan)?.phase).to.equal('halted')
      expect(reasonOf(plan)).to.equal('StageHalted')
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('True')
    })

    it('retry after a halt goes on with the next stage, and the rest of the halted one is never activated', async () => {
      const scene = await world.scene('halt-retry', { nodes: 5, labels: index => ({ ring: index < 3 ? 'a' : 'b' }) })
      const nodes = (ring: string) => ({ selector: { matchLabels: { ring } } })
      await scene.publish({
        stages: [
          { id: 's1', nodes: nodes('a') },
          { id: 's2', nodes: nodes('b'), batchSize: 2 },
        ],
      })
      const [first = ''] = await scene.untilLabelled(1)
      await scene.confirm([first])
      await scene.until('one node is activated', plan => stageOf(plan)?.counts?.activated === 1)
      await scene.untilLabelled(2)
      await scene.recover('halt')
      expect(await scene.untilLabelled(1)).to.deep.equal([first])

      const recovery = await scene.recover('retry')
      expect(recovery.status).to.include({ previousPhase: 'paused', newPhase: 'active' })
      await expectRecorded(scene, recovery)
      await scene.until('the next stage is open', plan => stageOf(plan, 's2')?.phase === 'open')
      const second = scene.names.slice(3)
      await scene.untilLabelled(3)
      await scene.confirm(second)
      const plan = await scene.until('the plan is completed', ({ status }) => status.phase === 'completed')
      expect(stageOf(plan)?.phase).to.equal('halted')
      expect(await scene.labelled()).to.have.members([first, ...second])
      expect(plan.status.progress).to.equal('3/5')
    })

    it('retry after a halt of the last stage completes the plan', async () => {
      const scene = await world.scene('halt-last', { nodes: 2 })
      await scene.publish()
      await scene.untilLabelled(1)
      await scene.recover('halt')
      const recovery = await scene.recover('retry')
      expect(recovery.status).to.include({ previousPhase: 'paused', newPhase: 'completed' })
      await scene.untilLabelled(0)
      const plan = await scene.plan()
      expect(stageOf(plan)?.phase).to.equal('halted')
      expect(conditionOf(plan, 'Ready')?.status).to.equal('True')
    })
  })
})
