import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import type { GenuineNode } from '../cluster/node.ts'
import { type OperatorPod, installed, leader, operatorPods } from '../installation.ts'
import { podProcess } from '../pod-process.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { type Scene, SYSTEM } from '../scene.ts'
import { unnoticed } from '../unnoticed.ts'
import { midway, yardOf } from '../yard.ts'

/** What dies without a goodbye, in the middle of a rollout. */
export const crashChapter: Chapter = {
  name: 'crash',
  title: 'The leader dies in the middle of a rollout',
  async tell(scene) {
    await installed(scene)
    const { ledger, cluster, succeed } = scene
    const yard = await yardOf(scene)
    const phase = (plan: string) => yard.witness.plan(plan)?.status.phase

    await ledger.fact('its pod is deleted by force, and another goes on: nothing skipped, nothing twice', async () => {
      const rollout = await yard.publish()
      await midway(yard, rollout)
      const dead = await whoLeads(scene)
      await succeed(['delete', 'pod', dead.name, '-n', SYSTEM, '--force', '--grace-period=0'])
      expect(phase(rollout.plan)).to.equal('active')
      await yard.reached(rollout.plan, 'it is completed', completed)
      expect((await whoLeads(scene)).uid).to.not.equal(dead.uid)
      return expectOnce(yard, rollout)
    })
    await ledger.fact(
      'its process is killed, and starts again in its pod: nothing skipped, nothing twice',
      async () => {
        await twoReady(scene)
        const rollout = await yard.publish()
        await midway(yard, rollout)
        const dying = await whoLeads(scene)
        await killProcess(dying)
        expect(phase(rollout.plan)).to.equal('active')
        await yard.reached(rollout.plan, 'it is completed', completed)
        const once = expectOnce(yard, rollout)
        await twoReady(scene)
        const same = (await operatorPods(scene)).find(({ uid }) => uid === dying.uid)
        expect(same?.restarts).to.equal(dying.restarts + 1)
        return once
      },
    )
    await ledger.fact('kubelet and containerd of a node crash: no pod is restarted, the rollout ends', async () =>
      unnoticed(scene, yard, async () => await crash(cluster.nodes[1])),
    )
  },
}

async function killProcess({ uid, name }: OperatorPod): Promise<void> {
  const found = await podProcess(uid, '/app/operator.js')
  if (found === undefined) throw new Error(`pod ${name} runs no operator`)
  process.kill(found.pid, 'SIGKILL')
}

async function crash(node: GenuineNode | undefined): Promise<void> {
  if (node === undefined) throw new Error('the cluster has two nodes')
  await node.kill('kubelet')
  await node.kill('containerd')
  await node.start('containerd')
  await node.start('kubelet')
}

async function whoLeads(scene: Scene): Promise<OperatorPod> {
  return await until(() => leader(scene), {
    what: 'a pod leads',
    withinMs: 40_000,
    everyMs: 250,
    signal: scene.signal,
  })
}

/** Resolves when two replicas are Ready and none is on its way out. */
export async function twoReady(scene: Scene): Promise<readonly OperatorPod[]> {
  return await until(
    async () => {
      const pods = await operatorPods(scene)
      return pods.length === 2 && pods.every(({ ready, leaving }) => ready && !leaving) && pods
    },
    { what: 'two replicas are Ready', withinMs: 90_000, everyMs: 500, signal: scene.signal },
  )
}
