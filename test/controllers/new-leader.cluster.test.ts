import { expect } from 'chai'
import { givePods } from '../charts/account.ts'
import { setPodFault } from '../cluster/fault.ts'
import { agentSet, byPod } from './harness/agent-set.ts'
import type { Scene } from './harness/scene.ts'
import { type WirePod, list, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

/** The controller manager's DaemonSet controller may wait twenty seconds after a conflict with itself. */
const WITHIN = { withinMs: 60_000 }

/** Whether the pod on each node of the scene is Ready, or not. */
async function podsAre(scene: Scene, ready: 'True' | 'False'): Promise<boolean> {
  const pods = await list<WirePod>(scene.cluster, `/api/v1/namespaces/${scene.namespace}/pods`)
  const conditions = pods.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status)
  return conditions.length === scene.names.length && conditions.every(status => status === ready)
}

describe('leader that takes over', () => {
  const world = sharedWorld()

  it('lets nodes keep the release that came to run it while nobody led, when they are rolled back', async function () {
    this.timeout(120_000)
    const scene = await world.scene('gap', { nodes: 2 })
    await givePods(scene.cluster, scene.namespace)
    await agentSet(scene)
    await setPodFault(scene.cluster, scene.names, 'unready')
    const confirm = { ...byPod(scene), minReadySeconds: 0 }
    await scene.publish({ confirm, timeoutSeconds: 600, stages: [{ id: 's1', batchSize: 2 }] })
    await scene.untilLabelled(2)
    await scene.eventually('the pods are there, and not Ready', () => podsAre(scene, 'False'), WITHIN)
    await world.stopOperator()
    await setPodFault(scene.cluster, scene.names, undefined)
    await scene.eventually('the pods are Ready', () => podsAre(scene, 'True'), WITHIN)
    const rollback = await scene.ask('rollback')
    world.startOperator()
    expect((await scene.verdict(rollback)).status.newPhase).to.equal('rolled_back')
    const plan = await scene.until('nobody is in flight', ({ status }) =>
      (status.conditions?.[0]?.message ?? '').includes('no node is in flight'),
    )
    expect(stageOf(plan)?.counts).to.include({ activated: 2 })
    expect(await scene.labelled()).to.have.length(2)
  })
})
