import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { installed, leader, operatorPods } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { SYSTEM } from '../scene.ts'
import { askSteadily } from '../steady.ts'
import { yardOf } from '../yard.ts'
import { twoReady } from './crash.ts'

/** What people do to nodes on purpose. */
export const drainChapter: Chapter = {
  name: 'drain',
  title: 'The leader’s node is drained in the middle of a rollout',
  async tell(scene) {
    await installed(scene)
    const { ledger, cluster, succeed, signal } = scene
    const yard = await yardOf(scene)
    await twoReady(scene)
    const leads = await until(() => leader(scene), { what: 'a pod leads', withinMs: 40_000, everyMs: 250, signal })
    const rollout = await yard.publish()
    await yard.reached(rollout.plan, 'it has begun', ({ stages }) => stages?.[0]?.phase === 'open')
    const steady = askSteadily(scene)
    await ledger.fact(`kubectl drain empties ${leads.node}, where the leader was`, async () => {
      await succeed(['drain', leads.node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s'])
      const pods = await twoReady(scene)
      expect(pods.map(({ node }) => node)).to.not.include(leads.node)
    })
    await ledger.fact('the rollout ends: nothing skipped, nothing twice', async () => {
      await yard.reached(rollout.plan, 'it is completed', completed)
      return expectOnce(yard, rollout)
    })
    await ledger.fact('all the while the aggregated API has answered', async () => await steady.stop())
    await ledger.fact('the second eviction at once is refused: one replica at a time', async () => {
      const pods = await operatorPods(scene)
      const answers = await Promise.all(
        pods.map(async ({ name }) => {
          const path = `/api/v1/namespaces/${SYSTEM}/pods/${name}/eviction`
          const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: SYSTEM } }
          return (await cluster.plane.request('POST', path, eviction)).status
        }),
      )
      expect(answers.sort()).to.deep.equal([201, 429])
      await succeed(['uncordon', leads.node])
      await twoReady(scene)
    })
  },
}
