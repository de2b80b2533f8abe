import { expect } from 'chai'
import { leases } from '../../operator/kube/resource.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createLeaderElector } from '../../operator/runtime/leader.ts'
import type { Leadership } from '../../operator/runtime/leader.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'
import { connect, soon } from '../kube/cluster-scene.ts'
import type { Connection } from '../kube/cluster-scene.ts'
import { quiet } from './log-lines.ts'

const durations = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 300 }

describe('leader elector, against a real API server', () => {
  let cluster: Cluster
  let admin: Connection
  before(async () => {
    cluster = await startCluster()
    admin = connect(cluster.adminKubeconfig)
  })
  after(async () => {
    await admin?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  /** A candidate with a connection of its own. */
  const candidate = (name: string, identity: string) => {
    const connection = connect(cluster.adminKubeconfig)
    const clock = systemClock()
    const elector = createLeaderElector({
      client: connection.client,
      namespace: 'default',
      name,
      identity,
      clock,
      log: quiet,
      ...durations,
    })
    const stop = new AbortController()
    const terms: Leadership[] = []
    const running = elector
      .run(stop.signal, leadership => {
        terms.push(leadership)
        return new Promise(resolve => leadership.signal.addEventListener('abort', () => resolve()))
      })
      .then(
        () => 'ended' as const,
        (error: unknown) => error,
      )
    const end = async () => {
      stop.abort()
      const outcome = await running
      await connection.transport.close()
      return outcome
    }
    return { elector, terms, running, connection, end }
  }

  const leads = (who: ReturnType<typeof candidate>) =>
    until(() => who.elector.isLeader(), { what: 'leadership', withinMs: 15_000, everyMs: 10 })
  const spec = async (name: string) =>
    (await admin.client.get(leases, { namespace: 'default', name }, { signal: soon() })).spec

  it('lets one lead, and the next take over at once when it stops', async () => {
    const a = candidate('handover', 'a')
    await leads(a)
    const b = candidate('handover', 'b')
    await systemClock().sleep(1_000, soon())
    expect(b.elector.isLeader()).to.equal(false)
    const since = performance.now()
    expect(await a.end()).to.equal('ended')
    await leads(b)
    expect(performance.now() - since).to.be.below(2_000)
    expect(await spec('handover')).to.include({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 3 })
    expect(b.terms.map(({ epoch }) => epoch)).to.deep.equal([1])
    await b.end()
    expect(await spec('handover')).to.include({ holderIdentity: '' })
  })

  it('takes over from a leader that lost its connection, when the lease has expired and not before', async () => {
    const a = candidate('cut', 'a')
    await leads(a)
    const b = candidate('cut', 'b')
    await until(async () => (await spec('cut'))?.holderIdentity === 'a', { what: 'the lease', withinMs: 5_000 })
    const since = performance.now()
    await a.connection.transport.close()
    while (!b.elector.isLeader()) {
      expect([a, b].filter(({ elector }) => elector.isLeader()).length).to.be.at.most(1)
      await systemClock().sleep(10, soon())
    }
    expect(a.elector.isLeader()).to.equal(false)
    expect(performance.now() - since).to.be.within(2_000, 6_000)
    expect(await a.running).to.include({ code: 'leadership_lost' })
    await b.end()
  })

  it('gives up when the API server hangs, and leads again when it is back', async () => {
    const a = candidate('hang', 'a')
    await leads(a)
    await cluster.apiServer.pause()
    const outcome = await a.running
    await cluster.apiServer.resume()
    expect(outcome).to.include({ code: 'leadership_lost' })
    await a.connection.transport.close()
    const again = candidate('hang', 'a-restarted')
    await leads(again)
    expect(again.terms.map(({ epoch }) => epoch)).to.deep.equal([1])
    await again.end()
  })
})
