import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { load } from 'js-yaml'
import { after, before } from 'mocha'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { createCredentialReader } from '../../operator/evaluator/credentials.ts'
import { metricSource } from '../../operator/evaluator/metric.ts'
import type { Source } from '../../operator/evaluator/source.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { until } from '../cluster/wait.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { ROOT } from './file.ts'

const clock = systemClock()
const plan = load(readFileSync(join(ROOT, 'examples/gates/plan-gated.yaml'), 'utf8')) as RolloutPlan
const gates = plan.spec.stages.flatMap(stage => stage.gates ?? [])

/** What a robot does in one step: requests, of which so many fail or are slow, and restarts of its agent. */
type Step = { readonly failed: number; readonly slow: number; readonly restarts: number }

const WELL: Step = { failed: 0, slow: 0, restarts: 0 }
/** Per 100 requests. */
const ILL: { readonly [gate: string]: Step } = {
  'error-rate': { ...WELL, failed: 20 },
  latency: { ...WELL, slow: 50 },
  'crash-loops': { ...WELL, restarts: 1 },
  'burn-rate': { ...WELL, failed: 20 },
}

/** Counters of a robot of the stage and of one of the rest, which is always well. */
function counters() {
  let [requests, failed, slow, restarts] = [0, 0, 0, 0]
  return (step: Step): string => {
    requests += 100
    failed += step.failed
    slow += step.slow
    restarts += step.restarts
    const robot = (node: string, bad: number, late: number) =>
      [
        `robot_requests_total{node="${node}",code="200"} ${requests - bad}`,
        `robot_requests_total{node="${node}",code="500"} ${bad}`,
        `robot_request_seconds_bucket{node="${node}",le="0.1"} ${requests - late}`,
        `robot_request_seconds_bucket{node="${node}",le="1"} ${requests}`,
        `robot_request_seconds_bucket{node="${node}",le="+Inf"} ${requests}`,
      ].join('\n')
    const pod = `kube_pod_container_status_restarts_total{namespace="fleet",pod="robot-agent-5-x2kq9"} ${restarts}`
    return `${robot('n1', failed, slow)}\n${robot('n9', 0, 0)}\n${pod}\n`
  }
}

describe('examples of gates, before a real Prometheus', function () {
  this.timeout(240_000)
  let exporter: Exporter
  let source: Source

  before(async () => {
    exporter = await startExporter()
    source = metricSource({
      credentials: createCredentialReader({ get: () => Promise.reject(new Error('no Secrets here')) }, clock),
      clock,
      loopback: true,
    })
  })
  after(async () => {
    await source?.close()
    await exporter?.close()
  })

  it('are four', () => {
    expect(gates.map(({ name }) => name)).to.deep.equal(Object.keys(ILL))
  })

  for (const gate of gates)
    it(`${gate.name} is good for a robot that is well, and bad for one that is not`, async () => {
      // Each has a Prometheus of its own: rates are of all that it has seen.
      await using prometheus: Prometheus = await startPrometheus({
        scrape: [{ job_name: 'robots', honor_labels: true, static_configs: [{ targets: [exporter.target] }] }],
      })
      const next = counters()
      const metric = { ...gate.metric!, provider: { address: prometheus.url, timeoutSeconds: 10 } }
      const subject = {
        plan: { namespace: 'fleet', name: 'agent-5', uid: 'uid', release: plan.spec.release ?? '', artifact: 'a' },
        ask: {
          stage: 'canary',
          name: gate.name ?? '',
          gate: { ...gate, metric },
          nodes: ['n1'],
          openedAt: 0,
          after: 0,
          due: 0,
        },
      }
      const reads = (verdict: string, step: Step) =>
        until(
          async () => {
            exporter.expose(next(step))
            const { reading } = await source.look(subject, clock.now(), new AbortController().signal)
            return reading.verdict === verdict && reading
          },
          { what: `${gate.name} is ${verdict}`, withinMs: 30_000, everyMs: 250 },
        )
      expect(await reads('good', WELL)).to.have.property('threshold')
      expect(await reads('bad', ILL[gate.name ?? '']!)).to.have.property('value')
    })
})
