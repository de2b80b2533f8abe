import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { until } from '../cluster/wait.ts'
import { reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

const gateOf = (plan: RolloutPlan) => stageOf(plan)?.gates?.find(gate => gate.kind === 'metric')

describe('a metric gate', function () {
  this.timeout(240_000)
  const world = sharedWorld()
  let exporter: Exporter
  let prometheus: Prometheus

  before(async () => {
    exporter = await startExporter()
    const jobs = [{ job_name: 'robots', static_configs: [{ targets: [exporter.target] }] }]
    prometheus = await startPrometheus({ scrape: jobs })
  })
  after(async () => {
    await prometheus?.stop()
    await exporter?.close()
  })

  const scraped = (value: string | undefined) =>
    until(async () => (await prometheus.query('error_rate'))[0]?.value === (value && Number(value)), {
      what: `error_rate is ${value}`,
      withinMs: 20_000,
    })
  const gate = (more: object = {}) => ({
    kind: 'metric' as const,
    name: 'error-rate',
    intervalSeconds: 1,
    metric: {
      provider: { address: prometheus.url },
      query: 'error_rate{node=~"{{nodes}}"}',
      condition: { lt: 0.05 },
    },
    ...more,
  })

  it('tells not knowing from bad, holds the stage by a bad value, and lets it go after a retry', async () => {
    const scene = await world.scene('metric', { nodes: 1 })
    const [node = ''] = scene.names
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates: [gate()] }] })

    const silent = await scene.until('nothing is known', plan => gateOf(plan)?.evidence?.verdict === 'unknown')
    expect(gateOf(silent)).to.include({ state: 'unknown' })
    expect(gateOf(silent)?.detail).to.match(/^has had no data since \S+: no data: the query yields nothing/)
    expect(reasonOf(silent)).to.equal('GatePending')

    exporter.expose(`error_rate{node="${node}"} 0.061\nerror_rate{node="other"} 0\n`)
    const failed = await scene.until('the gate has failed', plan => gateOf(plan)?.state === 'failed')
    expect(gateOf(failed)?.detail).to.equal('is 0.061, must be < 0.05')
    expect(gateOf(failed)?.evidence).to.include({ value: '0.061', threshold: '< 0.05', verdict: 'bad', bad: 1 })
    expect(reasonOf(failed)).to.equal('GateFailed')

    exporter.expose(`error_rate{node="${node}"} 0.02\n`)
    await scraped('0.02')
    await scene.recover('retry')
    const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
    expect(gateOf(done)).to.include({ state: 'passed' })
  })
})
