import { expect } from 'chai'
import { expectSuccess } from './admin-client.ts'
import { everything, startCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { POD_FAULT, setNodeReady, setPodFault } from './fault.ts'
import { createNodes, deleteNodes } from './simulated-node.ts'
import { until } from './wait.ts'

/** Bounds, not expectations: the DaemonSet controller sometimes waits up to 20 s after a conflict with itself. */
const SOON = { withinMs: 60_000, everyMs: 100 } as const
const RELEASE = 'fleet.autonomyops.dev/release'

interface Pod {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly phase: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly {
      readonly restartCount: number
      readonly state: { readonly waiting?: { readonly reason: string }; readonly running?: object }
    }[]
  }
}

describe('a simulated node', function () {
  this.timeout(120_000)
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(everything)
    await createNodes(cluster, { count: 3, labels: index => ({ ring: index === 0 ? 'canary' : 'wide' }) })
    await createDaemonSet(cluster, 'agent', {})
  })
  after(async () => {
    await cluster.stop()
  })

  it('becomes Ready and carries its labels', async () => {
    const nodes = expectSuccess('listing', await cluster.request('GET', '/api/v1/nodes?labelSelector=ring%3Dcanary'))
    expect(nodes).to.have.nested.property('items[0].metadata.name', 'sim-0')
    expect(nodes).to.have.nested.property('items.length', 1)
  })

  it('gets the Ready pod of a DaemonSet when it is labelled, and loses it with the label', async () => {
    await label(cluster, 'sim-0', '1.0.0')
    await until(async () => isReady(await podOn(cluster, 'sim-0')), { ...SOON, what: 'the pod on sim-0 is Ready' })
    expect(await podOn(cluster, 'sim-1')).to.equal(undefined)
    await label(cluster, 'sim-0', null)
    await until(async () => (await podOn(cluster, 'sim-0')) === undefined, { ...SOON, what: 'the pod is gone' })
  })

  it('makes its pods crash from their start while it has that fault, and be Ready after', async () => {
    await setPodFault(cluster, ['sim-1'], 'crash')
    await label(cluster, 'sim-1', '1.0.0')
    const crashing = async () => waitingReason(await podOn(cluster, 'sim-1')) === 'CrashLoopBackOff'
    await until(crashing, { ...SOON, what: 'the pod on sim-1 is in CrashLoopBackOff' })
    const restarted = async () => restarts(await podOn(cluster, 'sim-1')) >= 2
    await until(restarted, { ...SOON, what: 'the pod on sim-1 restarts again' })
    expect(isReady(await podOn(cluster, 'sim-1'))).to.equal(false)
    await setPodFault(cluster, ['sim-1'], undefined)
    await until(async () => isReady(await podOn(cluster, 'sim-1')), { ...SOON, what: 'the pod on sim-1 is Ready' })
  })

  for (const [fault, reached, what] of [
    ['pull', (pod: Pod | undefined) => waitingReason(pod) === 'ImagePullBackOff', 'cannot pull its image'],
    [
      'unready',
      (pod: Pod | undefined) => pod !== undefined && isRunning(pod) && !isReady(pod),
      'runs but is not Ready',
    ],
    ['crash', (pod: Pod | undefined) => waitingReason(pod) === 'CrashLoopBackOff', 'crashes'],
  ] as const)
    it(`makes a pod that was Ready fail with ${fault}, and no pod elsewhere`, async () => {
      await label(cluster, 'sim-1', '1.0.0')
      await label(cluster, 'sim-2', '1.0.0')
      const ready = async (name: string) => isReady(await podOn(cluster, name))
      await until(() => ready('sim-1'), { ...SOON, what: 'the pod on sim-1 is Ready' })
      await until(() => ready('sim-2'), { ...SOON, what: 'the pod on sim-2 is Ready' })
      await setPodFault(cluster, ['sim-2'], fault)
      await until(async () => reached(await podOn(cluster, 'sim-2')), { ...SOON, what: `the pod on sim-2 ${what}` })
      expect(await ready('sim-1')).to.equal(true)
      await setPodFault(cluster, ['sim-2'], undefined)
      await until(() => ready('sim-2'), { ...SOON, what: 'the pod on sim-2 is Ready again' })
    })

  it('can be made not Ready, and its pods unready with it, and Ready again', async () => {
    await label(cluster, 'sim-2', '1.0.0')
    const podReady = async () => isReady(await podOn(cluster, 'sim-2'))
    await until(podReady, { ...SOON, what: 'the pod on sim-2 is Ready' })
    await setNodeReady(cluster, ['sim-2'], 'False')
    expect(await readyCondition(cluster, 'sim-2')).to.equal('False')
    await until(async () => !(await podReady()), { ...SOON, what: 'the pod on sim-2 is not Ready' })
    await setNodeReady(cluster, ['sim-2'], 'Unknown')
    expect(await readyCondition(cluster, 'sim-2')).to.equal('Unknown')
    await setNodeReady(cluster, ['sim-2'], 'True')
    expect(await readyCondition(cluster, 'sim-2')).to.equal('True')
    await until(podReady, { ...SOON, what: 'the pod on sim-2 is Ready again' })
  })

  it('runs into the fault that a pod template carries itself', async () => {
    await createDaemonSet(cluster, 'broken', { [POD_FAULT]: 'crash' })
    await label(cluster, 'sim-0', '1.0.0')
    const crashing = async () => waitingReason(await podOn(cluster, 'sim-0', 'broken')) === 'CrashLoopBackOff'
    await until(crashing, { ...SOON, what: 'the broken pod on sim-0 crashes' })
    await until(async () => isReady(await podOn(cluster, 'sim-0')), { ...SOON, what: 'its neighbour is Ready' })
  })

  it('is gone when it is deleted', async () => {
    await deleteNodes(cluster, ['sim-1'])
    expect((await cluster.request('GET', '/api/v1/nodes/sim-1')).status).to.equal(404)
  })
})

async function createDaemonSet(cluster: Cluster, name: string, annotations: Readonly<Record<string, string>>) {
  const labels = { app: name }
  const spec = { nodeSelector: { [RELEASE]: '1.0.0' }, containers: [{ name, image: `registry.test/${name}:1.0.0` }] }
  const daemonSet = {
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
  }
  expectSuccess('creating', await cluster.request('POST', '/apis/apps/v1/namespaces/default/daemonsets', daemonSet))
}

async function label(cluster: Cluster, node: string, release: string | null): Promise<void> {
  const patch = { metadata: { labels: { [RELEASE]: release } } }
  const contentType = 'application/merge-patch+json'
  expectSuccess('labelling', await cluster.request('PATCH', `/api/v1/nodes/${node}`, patch, { contentType }))
}

async function podOn(cluster: Cluster, node: string, app = 'agent'): Promise<Pod | undefined> {
  const query = new URLSearchParams({ labelSelector: `app=${app}`, fieldSelector: `spec.nodeName=${node}` }).toString()
  const list = expectSuccess('listing', await cluster.request('GET', `/api/v1/namespaces/default/pods?${query}`))
  return (list as { items: readonly Pod[] }).items[0]
}

async function readyCondition(cluster: Cluster, node: string): Promise<string | undefined> {
  const body = expectSuccess('reading', await cluster.request('GET', `/api/v1/nodes/${node}`)) as Pod
  return body.status.conditions?.find(({ type }) => type === 'Ready')?.status
}

const isReady = (pod: Pod | undefined): boolean =>
  pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
const isRunning = (pod: Pod): boolean => pod.status.containerStatuses?.[0]?.state.running !== undefined
const waitingReason = (pod: Pod | undefined): string | undefined =>
  pod?.status.containerStatuses?.[0]?.state.waiting?.reason
const restarts = (pod: Pod | undefined): number => pod?.status.containerStatuses?.[0]?.restartCount ?? 0
