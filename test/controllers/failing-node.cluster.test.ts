import { expect } from 'chai'
import { apply, kubectl } from './harness/kubectl.ts'
import { stageOf } from './harness/wire.ts'
import { ownWorld } from './harness/world.ts'

/** A webhook that nobody answers for: the API server answers 500 to every change of the nodes it is asked about. */
const unanswered = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'unanswered' },
  webhooks: [
    {
      name: 'unanswered.test.autonomyops.dev',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['nodes'] }],
      objectSelector: { matchLabels: { 'test/cursed': 'yes' } },
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 1,
    },
  ],
} as const

describe('node that the API server cannot patch', () => {
  const world = ownWorld({ kwok: true })

  it('holds up nobody but itself, is named, and follows when it can be patched', async function () {
    this.timeout(120_000)
    const labels = (index: number) => ({ 'test/cursed': index === 2 ? 'yes' : 'no' })
    const scene = await world.scene('cursed', { nodes: 6, labels })
    await apply(scene.cluster, unanswered)
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', batchSize: '100%' }] })
    await scene.untilLabelled(5)
    await scene.until('the others are counted', plan => stageOf(plan)?.counts?.activated === 5)
    const plan = await scene.until('it is named', ({ status }) =>
      (status.conditions?.[0]?.message ?? '').includes(`node ${scene.names[2]}: `),
    )
    expect(plan.status.conditions?.[0]?.message).to.include('failed calling webhook')
    await kubectl(scene.cluster, ['delete', 'validatingwebhookconfiguration', 'unanswered'])
    await scene.until('it is completed', found => found.status.phase === 'completed', { withinMs: 70_000 })
  })
})
