import { expect } from 'chai'
import { CREDENTIALS_HOSTS, CREDENTIALS_TYPE } from '../../operator/api/names.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { stuckReport } from '../../operator/rollout/report/stuck.ts'
import { giveSecrets } from '../charts/account.ts'
import { willBeDenied } from '../charts/withheld.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { createGuard } from '../prometheus/guard.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { until } from '../cluster/wait.ts'
import { create, reasonOf, stageOf } from './harness/wire.ts'
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

  it('goes on under a new leader with what the one before had seen', async () => {
    const scene = await world.scene('metric-fail-over', { nodes: 1 })
    const [node = ''] = scene.names
    exporter.expose(`error_rate{node="${node}"} 0.061\n`)
    await scraped('0.061')
    const stages = [{ id: 's1', gates: [gate({ failureLimit: 100, intervalSeconds: 3 })] }]
    await scene.publish({ confirm: { kind: 'ready' }, stages })
    await scene.until('some bad readings are counted', plan => (gateOf(plan)?.evidence?.bad ?? 0) >= 3)
    await world.stopOperator()
    const left = gateOf(await scene.plan())?.evidence
    world.startOperator()
    // Whoever begins anew comes by here again, and has fewer than there were.
    const counted = (plan: RolloutPlan) => gateOf(plan)?.evidence?.bad ?? 0
    const before = left?.bad ?? 0
    await scene.until('it goes on counting', plan => {
      expect(counted(plan)).to.be.at.least(before)
      return counted(plan) > before
    })
  })

  it('tells each change, is stuck with its value, and can be skipped by name while the others hold', async () => {
    const scene = await world.scene('metric-skip', { nodes: 1 })
    const [node = ''] = scene.names
    exporter.expose(`error_rate{node="${node}"} 0.061\n`)
    await scraped('0.061')
    const dry = { ...gate({ dryRun: true }), name: 'told-only' }
    const stages = [{ id: 's1', gates: [gate(), dry, { kind: 'manual' as const }] }]
    await scene.publish({ confirm: { kind: 'ready' }, stages, stuckAfterSeconds: 1 })
    const isStuck = ({ status }: RolloutPlan) =>
      (status.conditions ?? []).some(({ type, status: is }) => type === 'Stuck' && is === 'True')
    const stuck = await scene.until('it is stuck', plan => gateOf(plan)?.state === 'failed' && isStuck(plan))
    expect(stuckReport([stuck], 0, Date.now() + 3_000_000)[0]?.stuckReason).to.match(
      /^metric gate "error-rate" is 0.061, must be < 0.05, for \d+ minutes; manual gate has 0 of 1 approvals/,
    )
    const skipped = await scene.recover('skip_failed', { gate: 'error-rate' })
    expect(skipped.status).to.include({ phase: 'Succeeded', newPhase: 'active', skippedGate: 'error-rate' })
    const held = await scene.until('only a person is missing', plan => reasonOf(plan) === 'AwaitingApproval')
    expect(gateOf(held)).to.include({ state: 'passed', skippedBy: 'alice', detail: 'skipped by alice' })
    const refused = await scene.recover('skip_failed', { gate: 'error-rate', operator: 'bob' })
    expect(refused.status).to.include({ phase: 'Rejected', code: 'already_skipped' })
    const unknown = await scene.recover('skip_failed', { gate: 'errors' })
    expect(unknown.status).to.include({ phase: 'Rejected', code: 'gate_not_found' })
    await scene.recover('approve', { stageId: 's1' })
    const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
    const told = await scene.eventually('the events', async () => {
      const found = (await scene.events(done.metadata.uid)).map(({ reason, note }) => `${reason}: ${note}`)
      return found.some(note => note.startsWith('GateSkipped')) && found
    })
    expect(told).to.include('GateFailed: stage s1: metric gate error-rate is 0.061, must be < 0.05')
    expect(told).to.include(
      'GateFailed: stage s1: metric gate told-only is 0.061, must be < 0.05 (dry run: it holds nothing up)',
    )
  })

  it('shows the Secret that it names to its Prometheus, once the chart lets the operator read it', async () => {
    const guard = createGuard(Date.now())
    await using guarded = await startPrometheus({ scrape: [], guard })
    const scene = await world.scene('metric-secret', { nodes: 1 })
    await willBeDenied(scene.cluster, { verb: 'get', resource: 'secrets' })
    await create(scene.cluster, `/api/v1/namespaces/${scene.namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'prometheus', annotations: { [CREDENTIALS_HOSTS]: '127.0.0.1' } },
      type: CREDENTIALS_TYPE,
      stringData: { username: guard.username, password: guard.password, 'ca.crt': guard.ca },
    })
    const metric = {
      provider: { address: guarded.url, credentialsSecret: 'prometheus' },
      query: 'vector(0.01)',
      condition: { lt: 0.05 },
    }
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates: [gate({ metric })] }] })
    await scene.until('the operator may not', plan =>
      (gateOf(plan)?.detail ?? '').includes(`name ${scene.namespace} in the chart's gates.secretNamespaces`),
    )
    await giveSecrets(scene.cluster, scene.namespace)
    await scene.until('it is completed', plan => plan.status.phase === 'completed')
  })
})
