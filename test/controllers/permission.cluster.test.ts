import { expect } from 'chai'
import { ACCOUNT, giveAccount, givePods, untilAllowed } from '../charts/account.ts'
import { createClient } from '../../operator/kube/client.ts'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import { keepCaBundle } from '../../operator/rest/certificate/ca-bundle.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { willBeDenied, withhold } from '../charts/withheld.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { createAuthority } from '../cluster/certificate.ts'
import { until } from '../cluster/wait.ts'
import { logLines } from '../runtime/log-lines.ts'
import { byPod } from './harness/agent-set.ts'
import { create } from './harness/wire.ts'
import { ownWorld } from './harness/world.ts'

/** The chart's own default: no namespace is named, so the operator sees the pods of all. */
const EVERYWHERE: readonly string[] = []
/** Kubernetes before 1.32, where lists come by pages instead of by a watch. */
const NO_STREAMING_LISTS = ['--feature-gates=WatchList=false']

const APISERVICE = 'v1.orchestrator.autonomyops.dev'

async function giveAll(cluster: Cluster, namespace: string): Promise<void> {
  await giveAccount(cluster, EVERYWHERE)
  await untilAllowed(cluster, { verb: 'list', resource: 'pods' }, { namespace })
}

describe('operator with the rights of the chart', () => {
  // One world for all: what lists by pages does all else, too.
  const world = ownWorld({ kwok: true, apiServerFlags: NO_STREAMING_LISTS })

  // First one namespace by name: a right that holds everywhere would hide that one.
  for (const [what, allowIn] of [
    ['of a namespace that the chart names', givePods],
    ['of any namespace', giveAll],
  ] as const)
    it(`lists by pages where there is nothing better, the pods ${what} among the rest`, async function () {
      this.timeout(60_000)
      const scene = await world.scene(allowIn === giveAll ? 'pages' : 'pages-named', { nodes: 1 })
      await allowIn(scene.cluster, scene.namespace)
      await scene.publish({ confirm: { ...byPod(scene), minReadySeconds: 0 } })
      await scene.untilLabelled(1)
      const core = `/api/v1/namespaces/${scene.namespace}`
      // There is no controller manager here, which else would make it.
      await create(scene.cluster, `${core}/serviceaccounts`, { metadata: { name: 'default' } })
      await create(scene.cluster, `${core}/pods`, {
        metadata: { name: 'agent', labels: { app: 'agent', release: 'v2' } },
        spec: { nodeName: scene.names[0], containers: [{ name: 'agent', image: 'oci.example/agent:v2' }] },
      })
      await scene.until('it is completed', plan => plan.status.phase === 'completed', { withinMs: 40_000 })
    })

  it('finds the APIService by a page of one, and writes by which authority it is known', async function () {
    this.timeout(60_000)
    const { cluster } = world
    const { kubeconfig } = await cluster().clientForServiceAccount(ACCOUNT)
    const clock = systemClock()
    const transport = createTransport({ config: loadClusterConfig({ kubeconfig, clock }), clock })
    const path = '/apis/apiregistration.k8s.io/v1/apiservices'
    await create(cluster(), path, {
      metadata: { name: APISERVICE },
      spec: {
        group: 'orchestrator.autonomyops.dev',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        service: { namespace: ACCOUNT.namespace, name: ACCOUNT.name },
      },
    })
    const end = new AbortController()
    const { log, lines } = logLines()
    const trusts = createAuthority('known', clock.now()).certificatePem
    const source = { current: () => undefined, trusted: () => trusts, subscribe: () => () => {}, look: async () => {} }
    const parts = { client: createClient({ transport, clock }), clock, log }
    const keeping = keepCaBundle(APISERVICE, { ...source, run: async () => {} }, parts, end.signal)
    const caBundle = async () => {
      const { body } = await cluster().request('GET', `${path}/${APISERVICE}`)
      return (body as { readonly spec: { readonly caBundle?: string } }).spec.caBundle
    }
    const known = async () => (await caBundle()) === Buffer.from(trusts).toString('base64')
    try {
      await until(known, { what: 'its authority is written', withinMs: 20_000 })
    } finally {
      end.abort()
      await keeping
      await transport.close()
      await cluster().request('DELETE', `${path}/${APISERVICE}`)
    }
    expect(lines.filter(({ level }) => level === 'error')).to.deep.equal([])
  })

  describe('but for that to patch nodes', () => {
    const patchNodes = { verb: 'patch', resource: 'nodes' }
    const forbid = () => withhold(world.cluster(), EVERYWHERE, patchNodes)
    const allow = () => giveAccount(world.cluster(), EVERYWHERE)

    before(() => willBeDenied(world.cluster(), patchNodes))
    afterEach(allow)

    it('says what the API server refused, and goes on by itself when it is allowed', async function () {
      this.timeout(90_000)
      const scene = await world.scene('forbidden', { nodes: 1 })
      await forbid()
      await scene.publish({ confirm: { kind: 'ready' } })
      const plan = await scene.until('it says so', ({ status }) =>
        (status.conditions?.[0]?.message ?? '').includes('the API server refused'),
      )
      expect(plan.status.conditions?.[0]?.message).to.match(
        new RegExp(`node ${scene.names[0]}: .*cannot patch resource "nodes"`),
      )
      expect(await scene.labelled()).to.deep.equal([])
      await allow()
      await scene.until('it is completed', found => found.status.phase === 'completed', { withinMs: 40_000 })
    })

    it('withdraws what a plan that has ended left in flight when it is allowed again', async function () {
      this.timeout(90_000)
      const scene = await world.scene('forbidden-end', { nodes: 1 })
      await scene.publish()
      await scene.untilLabelled(1)
      await forbid()
      await scene.recover('rollback')
      const refused = 'the API server refused'
      await scene.until('it says so', ({ status }) => (status.conditions?.[0]?.message ?? '').includes(refused))
      await allow()
      const none = async () => (await scene.labelled()).length === 0
      await scene.eventually('the node has what it had before', none, { withinMs: 40_000 })
      const says =
        (word: string) => (plan: { readonly status: { readonly conditions?: readonly { message: string }[] } }) =>
          (plan.status.conditions?.[0]?.message ?? '').includes(word)
      const plan = await scene.until('nobody is in flight', says('no node is in flight'))
      expect(plan.status.conditions?.[0]?.message).not.to.include(refused)
    })
  })
})
