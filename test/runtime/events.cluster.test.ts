import { expect } from 'chai'
import { events, nodes } from '../../operator/kube/resource.ts'
import type { KubeEvent } from '../../operator/kube/resource.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createEventRecorder } from '../../operator/runtime/events.ts'
import type { EventNote } from '../../operator/runtime/events.ts'
import { ACCOUNT, giveAccount } from '../charts/account.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connect, soon } from '../kube/cluster-scene.ts'
import type { Connection } from '../kube/cluster-scene.ts'
import { quiet } from './log-lines.ts'

describe('event recorder, against a real API server', () => {
  let cluster: Cluster
  let admin: Connection
  let operator: Connection
  before(async () => {
    cluster = await startCluster()
    admin = connect(cluster.adminKubeconfig)
    await giveAccount(cluster)
    operator = connect((await cluster.clientForServiceAccount(ACCOUNT)).kubeconfig)
  })
  after(async () => {
    await admin?.[Symbol.asyncDispose]()
    await operator?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  /** Records in one run of a recorder, from start to stop. */
  const inOneRun = async (...notes: readonly EventNote[]): Promise<void> => {
    const clock = systemClock()
    const reporter = { controller: 'fleet.autonomyops.dev/rollout-operator', instance: 'replica-1' }
    const recorder = createEventRecorder({ client: operator.client, clock, log: quiet, ...reporter })
    const stop = new AbortController()
    const running = recorder.run(stop.signal)
    for (const note of notes) recorder.record(note)
    stop.abort()
    await running
  }

  const stored = async (reason: string): Promise<readonly KubeEvent[]> => {
    const { items } = await admin.client.listAll(events, { signal: soon(), namespace: 'default' })
    return items.filter(event => event.reason === reason)
  }

  const note = (reason: string, id?: string): EventNote => ({
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'plan', uid: 'u1' },
    type: 'Warning',
    reason,
    action: 'Promote',
    note: 'the stage is blocked',
    ...(id === undefined ? {} : { id }),
  })

  it('stores what kubectl shows, and counts repetitions', async () => {
    await inOneRun(note('Blocked'), note('Blocked'), note('Blocked'))
    const [event, ...others] = await stored('Blocked')
    expect(others).to.deep.equal([])
    expect(event).to.deep.include({ type: 'Warning', note: 'the stage is blocked', action: 'Promote' })
    expect(event?.regarding).to.include({ kind: 'ConfigMap', name: 'plan', uid: 'u1' })
    expect(event?.series?.count).to.equal(3)
    const shown = await cluster.request('GET', '/api/v1/namespaces/default/events?fieldSelector=reason=Blocked')
    expect(JSON.stringify(shown.body)).to.contain('the stage is blocked')
  })

  it('stores an occurrence with an id once, though two replicas tell of it', async () => {
    await Promise.all([inOneRun(note('Promoted', 'u1/stage-01')), inOneRun(note('Promoted', 'u1/stage-01'))])
    expect(await stored('Promoted')).to.have.length(1)
  })

  it('stores events about cluster-scoped objects', async () => {
    const { metadata } = await admin.client.create(nodes, { metadata: { name: 'robot-1' } }, { signal: soon() })
    const regarding = { apiVersion: 'v1', kind: 'Node', name: 'robot-1', uid: metadata.uid }
    await inOneRun({ ...note('Activated'), regarding, note: 'ü'.repeat(3_000) })
    expect(await stored('Activated')).to.have.length(1)
  })
})
