import { expect } from 'chai'
import { givePods } from '../charts/account.ts'
import { willBeDenied } from '../charts/withheld.ts'
import { setPodFault } from '../cluster/fault.ts'
import { agentSet, byPod } from './harness/agent-set.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

/** A DaemonSet of the release: its pods come where the plan has put its label; and the operator may see them. */
async function agent(scene: Scene): Promise<void> {
  await givePods(scene.cluster, scene.namespace)
  await agentSet(scene)
}

/** The controller manager's DaemonSet controller may wait twenty seconds after a conflict with itself. */
const WITHIN = { withinMs: 60_000 }

describe('node that confirms by its pod', () => {
  const world = sharedWorld()

  before(() => willBeDenied(world.cluster(), ...['list', 'watch'].map(verb => ({ verb, resource: 'pods' }))))

  together(it => {
    it('is activated when the pod of the release is Ready there', async () => {
      const scene = await world.scene('pod', { nodes: 2 })
      await agent(scene)
      await scene.publish({ confirm: byPod(scene), stages: [{ id: 's1', batchSize: 2 }] })
      await scene.until('it is completed', plan => plan.status.phase === 'completed', WITHIN)
    })

    for (const [fault, reasons] of [
      ['crash', ['CrashLoopBackOff']],
      ['pull', ['ErrImagePull', 'ImagePullBackOff']],
    ] as const)
      it(`fails when the pod cannot get there (${fault}), says why, and is tried again when the cause is gone`, async () => {
        const scene = await world.scene(`pod-${fault}`, { nodes: 1 })
        await agent(scene)
        await setPodFault(scene.cluster, scene.names, fault)
        await scene.publish({ confirm: byPod(scene) })
        const plan = await scene.until('it has failed', found => reasonOf(found) === 'TooManyFailures', WITHIN)
        const [failing] = plan.status.failingNodes ?? []
        expect(failing).to.include({ name: scene.names[0], stage: 's1' })
        expect(reasons).to.include(failing?.reason)
        expect(failing?.message).to.match(/^pod t-pod-.*\/agent-/)
        await setPodFault(scene.cluster, scene.names, undefined)
        expect((await scene.recover('retry')).status.phase).to.equal('Succeeded')
        const done = await scene.until('it is completed', found => found.status.phase === 'completed', WITHIN)
        expect(stageOf(done)?.counts).to.include({ activated: 1, failed: 0 })
      })

    it('is neither failed nor confirmed while the operator may not see its pods; the plan says so, and goes on when it may', async () => {
      const scene = await world.scene('pod-unseen', { nodes: 1 })
      await agentSet(scene)
      await scene.publish({ confirm: byPod(scene), timeoutSeconds: 1 })
      const plan = await scene.until('it says that pods are unseen', found => reasonOf(found) === 'PodsUnknown', WITHIN)
      expect(plan.status.conditions?.[0]?.message).to.include(`pods in namespace ${scene.namespace} cannot be watched`)
      expect(plan.status.failingNodes).to.equal(undefined)
      await givePods(scene.cluster, scene.namespace)
      await scene.until(
        'it goes on',
        found => found.status.phase === 'completed' || reasonOf(found) !== 'PodsUnknown',
        WITHIN,
      )
    })

    it('can be rolled back while its pods are unseen', async () => {
      const scene = await world.scene('pod-rollback', { nodes: 1 })
      await agentSet(scene)
      await scene.publish({ confirm: byPod(scene) })
      await scene.until('it says that pods are unseen', found => reasonOf(found) === 'PodsUnknown', WITHIN)
      expect((await scene.recover('rollback')).status.newPhase).to.equal('rolled_back')
    })
  })
})
