import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { installed } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { FLEET, type Scene } from '../scene.ts'
import { yardOf } from '../yard.ts'

/** Rollouts on pods that really run: one that stops, is mended and retried, and one that is rolled back. */
export const rolloutChapter: Chapter = {
  name: 'rollout',
  title: 'Rollouts, stage by stage, confirmed by pods',
  async tell(scene) {
    await installed(scene)
    const { ledger, cluster, succeed } = scene
    const [first = '', second = ''] = cluster.nodes.map(({ name }) => name)
    const yard = await yardOf(scene)
    ledger.note(
      `release 1 runs on ${yard.nodes.length} nodes; on ${second} the agent of the next will not become Ready`,
    )

    const mended = await yard.publish({ illOn: second })
    await ledger.fact(`the canary stage is promoted, and the next one stops at ${second}`, async () => {
      const status = await yard.reached(mended.plan, 'it names the failing node', ({ failingNodes = [] }) =>
        failingNodes.some(({ name, reason }) => name === second && reason === 'TimedOut'),
      )
      expect(status.stages?.map(({ phase }) => phase)).to.deep.equal(['promoted', 'open', 'pending'])
      expect(new Set(yard.moves(mended.plan).map(({ stage }) => stage))).to.deep.equal(new Set(['canary', 'pilot']))
      return status.failingNodes?.find(({ name }) => name === second)?.message
    })
    const pod = await podOn(scene, mended.release, second)
    await ledger.fact('the pod says itself why', async () => {
      expect(await succeed(['logs', '-n', FLEET, pod])).to.contain('the battery does not answer')
    })
    // In this order: a node that is mended confirms within seconds by itself, and then there is nothing to retry.
    await ledger.fact('a retry tells it again, and once it is mended the plan comes to its end', async () => {
      await recover(scene, mended.plan, 'retry')
      await succeed(['exec', '-n', FLEET, pod, '--', '/bin/busybox', 'touch', '/tmp/mended'])
      await yard.reached(mended.plan, 'it is completed', completed)
    })
    await ledger.fact('every node was told once, and the failed one once more', async () =>
      expectOnce(yard, mended, [second]),
    )

    const returned = await yard.publish({ illOn: second })
    await ledger.fact('a rollback gives the node in flight what it had, and touches no other', async () => {
      await yard.reached(returned.plan, 'the second stage is open', ({ stages }) => stages?.[1]?.phase === 'open')
      await until(() => yard.moves(returned.plan).some(({ node }) => node === second), {
        what: `${second} is told`,
        withinMs: 30_000,
        signal: scene.signal,
      })
      await recover(scene, returned.plan, 'rollback')
      await yard.reached(returned.plan, 'it is rolled back', ({ phase }) => phase === 'rolled_back')
      const back = () => yard.witness.nodesWith(mended.release).includes(second)
      await until(back, {
        what: `${second} has release ${mended.release} again`,
        withinMs: 30_000,
        signal: scene.signal,
      })
      const started = async () => {
        const name = await podOn(scene, mended.release, second)
        return name !== '' && name !== pod
      }
      await until(started, { what: 'its agent is started there', withinMs: 30_000, everyMs: 250, signal: scene.signal })
      expect(yard.witness.nodesWith(returned.release)).to.include(first).and.not.include(second)
      expect(yard.moves(returned.plan).some(({ stage }) => stage === 'rest')).to.equal(false)
    })
    await ledger.fact('both recoveries took effect exactly once, in the name of who asked', async () => {
      const history = [mended, returned].flatMap(({ plan }) => yard.witness.plan(plan)?.status.history ?? [])
      const recovered = history.filter(({ event }) => event === 'Recovered')
      expect(recovered.map(({ strategy, operator }) => [strategy, operator])).to.deep.equal([
        ['retry', 'admin'],
        ['rollback', 'admin'],
      ])
    })
  },
}

async function podOn({ succeed }: Scene, release: string, node: string): Promise<string> {
  const where = ['-l', `release=${release}`, `--field-selector=spec.nodeName=${node}`]
  return await succeed(['get', 'pods', '-n', FLEET, ...where, '-o', 'jsonpath={.items[-1:].metadata.name}'])
}

async function recover({ succeed }: Scene, planName: string, strategy: 'retry' | 'rollback'): Promise<void> {
  await succeed(['create', '-f', '-'], {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutRecovery',
    metadata: { name: `${planName}-${strategy}`, namespace: FLEET },
    spec: { planName, strategy, reason: `what ${strategy} does on a whole cluster is looked at` },
  })
}
