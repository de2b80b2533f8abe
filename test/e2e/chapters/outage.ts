import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { APISERVICE, available, installed, operatorPods } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { RELEASE_NAME, SYSTEM } from '../scene.ts'
import { unnoticed } from '../unnoticed.ts'
import { yardOf } from '../yard.ts'
import { twoReady } from './crash.ts'

/** An API server that crashes; and what the aggregated API costs a cluster when nobody answers for it, until it heals by itself. */
export const outageChapter: Chapter = {
  name: 'outage',
  title: 'Nobody answers: first kube-apiserver, then the operator',
  async tell(scene) {
    await installed(scene)
    const { ledger, cluster, succeed, kubectl, signal } = scene
    const yard = await yardOf(scene)
    const scale = async (replicas: number) =>
      await succeed(['scale', 'deployment', RELEASE_NAME, '-n', SYSTEM, `--replicas=${replicas}`])
    const blocked = async () =>
      (await kubectl(['get', 'namespace', 'doomed', '-o', 'jsonpath={.status.conditions[?(@.status=="True")].type}']))
        .stdout

    await ledger.fact('kube-apiserver is killed and started again: no pod is restarted, the rollout ends', async () =>
      unnoticed(scene, yard, async () => await cluster.plane.apiServer.restart()),
    )
    await ledger.fact('scaled to nothing, its APIService is not Available', async () => {
      await scale(0)
      const gone = async () => (await operatorPods(scene)).length === 0
      await until(gone, { what: 'the pods are gone', withinMs: 60_000, everyMs: 500, signal })
      await succeed(['wait', '--for=condition=Available=False', `apiservice/${APISERVICE}`, '--timeout=60s'])
    })
    await ledger.fact('no namespace can be deleted then, and it says why', async () => {
      await succeed(['create', 'namespace', 'doomed'])
      await succeed(['delete', 'namespace', 'doomed', '--wait=false'])
      const hangs = async () => (await blocked()).includes('NamespaceDeletionDiscoveryFailure')
      await until(hangs, { what: 'the deletion hangs', withinMs: 60_000, everyMs: 500, signal })
    })
    const rollout = await yard.publish()
    await ledger.fact('a plan can be created all the same, and waits', async () => {
      expect(yard.moves(rollout.plan)).to.deep.equal([])
    })
    await ledger.fact('with the operator back, the namespace goes and the plan moves on', async () => {
      await scale(2)
      await twoReady(scene)
      await available(scene)
      await succeed(['wait', '--for=delete', 'namespace/doomed', '--timeout=90s'])
      await yard.reached(rollout.plan, 'it is completed', completed)
      return expectOnce(yard, rollout)
    })
  },
}
