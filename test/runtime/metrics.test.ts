import { expect } from 'chai'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import { createMetrics } from '../../operator/runtime/metrics.ts'
import type { Metrics } from '../../operator/runtime/metrics.ts'
import { fakeClock } from './fake-clock.ts'

/** The samples of the exposition whose line begins with `prefix`. */
async function samples(metrics: Metrics, prefix: string): Promise<string[]> {
  const { body } = await metrics.exposition()
  return body.split('\n').filter(line => line.startsWith(prefix))
}

describe('metrics', () => {
  it("use controller-runtime's names for reconciles", async () => {
    const metrics = createMetrics(fakeClock())
    const plans = metrics.controller('plans')
    plans.workers(2)
    plans.activeWorkers(1)
    plans.reconciled('success', 0.01)
    plans.reconciled('error', 0.01)
    plans.reconciled('terminal_error', 0.01)
    const label = '{controller="plans"'
    expect(await samples(metrics, `controller_runtime_reconcile_total${label}`)).to.deep.equal([
      `controller_runtime_reconcile_total${label},result="success"} 1`,
      `controller_runtime_reconcile_total${label},result="requeue_after"} 0`,
      `controller_runtime_reconcile_total${label},result="error"} 1`,
      `controller_runtime_reconcile_total${label},result="terminal_error"} 1`,
    ])
    expect(await samples(metrics, 'controller_runtime_reconcile_errors_total')).to.deep.equal([
      `controller_runtime_reconcile_errors_total${label}} 2`,
    ])
    expect(await samples(metrics, 'controller_runtime_reconcile_time_seconds_count')).to.deep.equal([
      `controller_runtime_reconcile_time_seconds_count${label}} 3`,
    ])
    expect(await samples(metrics, 'controller_runtime_active_workers')).to.deep.equal([
      `controller_runtime_active_workers${label}} 1`,
    ])
  })

  it("use client-go's names for queues, requests and the lease", async () => {
    const metrics = createMetrics(fakeClock())
    const queue = metrics.controller('plans').queue
    queue?.depth(3)
    queue?.added()
    queue?.waited(0.1)
    metrics.client.requested('GET', '200', 0.01)
    metrics.client.requested('GET', '<error>', 0.01)
    metrics.leader.leading('promoter', true)
    const labels = '{name="plans",controller="plans"}'
    expect(await samples(metrics, 'workqueue_depth')).to.deep.equal([`workqueue_depth${labels} 3`])
    expect(await samples(metrics, 'workqueue_adds_total')).to.deep.equal([`workqueue_adds_total${labels} 1`])
    expect(await samples(metrics, 'workqueue_queue_duration_seconds_count')).to.have.length(1)
    expect(await samples(metrics, 'rest_client_requests_total')).to.deep.equal([
      'rest_client_requests_total{method="GET",code="200"} 1',
      'rest_client_requests_total{method="GET",code="<error>"} 1',
    ])
    expect(await samples(metrics, 'leader_election_master_status')).to.deep.equal([
      'leader_election_master_status{name="promoter"} 1',
    ])
  })

  it('read the state of each cache when they are collected', async () => {
    const metrics = createMetrics(fakeClock())
    let silentMs = 1_000
    metrics.cache.register(() => ({ phase: 'watching', since: 0, resource: 'nodes', synced: true, size: 7, silentMs }))
    silentMs = 65_000
    expect(await samples(metrics, 'autonomy_rollouts_cache_silence_seconds')).to.deep.equal([
      'autonomy_rollouts_cache_silence_seconds{resource="nodes"} 65',
    ])
    expect(await samples(metrics, 'autonomy_rollouts_cache_objects')).to.deep.equal([
      'autonomy_rollouts_cache_objects{resource="nodes"} 7',
    ])
  })

  it('speak of a resource for all its caches, and forget one that has stopped', async () => {
    const metrics = createMetrics(fakeClock())
    const pods = { resource: 'pods', since: 0, size: 2 } as const
    let phase: 'watching' | 'stopped' = 'watching'
    metrics.cache.register(() => ({ ...pods, phase, synced: false, silentMs: 300_000 }))
    metrics.cache.register(() => ({ ...pods, phase: 'watching', synced: true, silentMs: 1_000 }))
    const read = async (name: string) => await samples(metrics, `autonomy_rollouts_cache_${name}{resource="pods"}`)
    expect(await read('silence_seconds')).to.have.length(1)
    expect((await read('silence_seconds'))[0]).to.match(/ 300$/)
    expect((await read('objects'))[0]).to.match(/ 4$/)
    expect((await read('synced'))[0]).to.match(/ 0$/)
    phase = 'stopped'
    expect((await read('silence_seconds'))[0]).to.match(/ 1$/)
    expect((await read('objects'))[0]).to.match(/ 2$/)
    expect((await read('synced'))[0]).to.match(/ 1$/)
  })

  it('say when a reconcile last ended, or the first one could begin', async () => {
    const clock = fakeClock()
    const metrics = createMetrics(clock)
    const name = 'autonomy_rollouts_last_reconcile_timestamp_seconds'
    expect(await samples(metrics, `${name}{`)).to.deep.equal([])
    const controller = metrics.controller('plans')
    controller.workers(4)
    const begun = clock.now() / 1000
    expect(await samples(metrics, `${name}{`)).to.deep.equal([`${name}{controller="plans"} ${begun}`])
    await clock.advance(7_000)
    controller.reconciled('error', 0.1)
    expect(await samples(metrics, `${name}{`)).to.deep.equal([`${name}{controller="plans"} ${begun + 7}`])
  })

  it('label failures by status or code, never by message', async () => {
    const metrics = createMetrics(fakeClock())
    for (const error of [
      new ApiError('GET /x', 410, { reason: 'Expired', message: 'a long story' }),
      new TransportError('GET /x', 'reset', 'a long story'),
      new Error('a long story'),
      'a long story',
    ]) {
      metrics.cache.failed('nodes', error)
    }
    const lines = await samples(metrics, 'autonomy_rollouts_cache_failures_total')
    expect(lines.map(line => /code="(.*?)"/.exec(line)?.[1])).to.deep.equal(['410', 'reset', 'other'])
  })

  it('include those of the process', async () => {
    expect(await samples(createMetrics(fakeClock()), 'process_resident_memory_bytes')).to.have.length(1)
  })
})
