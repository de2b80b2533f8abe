import { expect } from 'chai'
import { after, before } from 'mocha'
import type { GateSpec, MetricSpec } from '../../operator/api/rollout-plan.ts'
import type { GateState } from '../../operator/api/rollout-plan-status.ts'
import { createCredentialReader } from '../../operator/evaluator/credentials.ts'
import { metricSource } from '../../operator/evaluator/metric.ts'
import type { Source } from '../../operator/evaluator/source.ts'
import { askGates } from '../../operator/rollout/gates/gate.ts'
import { readingKey } from '../../operator/rollout/gates/reading.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { until } from '../cluster/wait.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { members } from '../rollout/build.ts'
import { subject } from './build.ts'

const clock = systemClock()
const SOON = { withinMs: 30_000 } as const
const noSecrets = createCredentialReader({ get: () => Promise.reject(new Error('no Secrets here')) }, clock)

type Metric = Omit<Partial<MetricSpec>, 'provider'>

/** What a real Prometheus makes of what a service exposes, and what a gate makes of that. */
describe('a metric gate before a real Prometheus', function () {
  this.timeout(240_000)
  let exporter: Exporter
  let prometheus: Prometheus
  let source: Source

  before(async () => {
    exporter = await startExporter()
    const jobs = [{ job_name: 'robots', static_configs: [{ targets: [exporter.target] }] }]
    prometheus = await startPrometheus({ scrape: jobs })
    source = metricSource({ credentials: noSecrets, clock, loopback: true })
  })
  after(async () => {
    await source?.close()
    await prometheus?.stop()
    await exporter?.close()
  })

  /** Exposes, and waits until Prometheus answers so. */
  const expose = async (text: string | undefined, query: string, answer: number | undefined): Promise<void> => {
    exporter.expose(text)
    await until(async () => (await prometheus.query(query))[0]?.value === answer, {
      what: `${query} is ${answer}`,
      ...SOON,
    })
  }

  /** A gate of a stage that has just opened and settled; each call reads once more, and answers what the gate says then. */
  const gate = (metric: Metric, parts: Partial<GateSpec> = {}, nodes?: readonly string[]) => {
    const openedAt = new Date(clock.now()).toISOString()
    const asked = subject({ ...metric, provider: { address: prometheus.url, timeoutSeconds: 10 } })
    const spec: GateSpec = { ...asked.ask.gate, intervalSeconds: 1, ...parts }
    const ask = { ...asked.ask, gate: spec, openedAt: Date.parse(openedAt), ...(nodes ? { nodes } : {}) }
    let before: GateState | undefined
    return async () => {
      const now = clock.now()
      const { reading } = await source.look({ ...asked, ask }, now, new AbortController().signal)
      const [result] = askGates([spec], {
        stage: { id: 'canary', phase: 'open', openedAt, settledAt: openedAt, ...(before ? { gates: [before] } : {}) },
        members: members('activated'),
        now,
        readings: new Map([[readingKey('canary', 'errors'), [reading]]]),
      })
      const { due: _, lookAt: _lookAt, ...state } = result!
      before = state
      return state
    }
  }
  const says = async (read: ReturnType<typeof gate>) => {
    const { state, detail } = await read()
    return `${state}: ${detail}`
  }

  it('good is passed, bad is failed, with the value and what it must be', async () => {
    await expose('error_rate 0.02\n', 'error_rate', 0.02)
    expect(await says(gate({ query: 'error_rate' }))).to.equal('passed: is 0.02, must be < 0.05')
    await expose('error_rate 0.061\n', 'error_rate', 0.061)
    expect(await says(gate({ query: 'error_rate' }))).to.equal('failed: is 0.061, must be < 0.05')
  })

  it('flapping is tolerated as often as is allowed, and no more', async () => {
    const read = gate({ query: 'error_rate' }, { failureLimit: 1, consecutive: 2 })
    const states: string[] = []
    for (const value of [0.02, 0.061, 0.02, 0.02, 0.061, 0.02]) {
      await expose(`error_rate ${value}\n`, 'error_rate', value)
      states.push((await read()).state)
    }
    expect(states).to.deep.equal(['unknown', 'unknown', 'unknown', 'passed', 'failed', 'failed'])
  })

  it('no series, NaN, infinity and several series are not known', async () => {
    const text = 'errors{node="a"} 1\nerrors{node="b"} 2\nrequests 0\n'
    await expose(text, 'requests', 0)
    expect(await says(gate({ query: 'no_such_metric' }))).to.match(/^unknown: has had no data since \S+: no data/)
    expect(await says(gate({ query: 'requests / requests' }))).to.match(/^unknown: .*NaN: something is divided by 0/)
    expect(await says(gate({ query: 'sum(errors) / sum(requests)' }))).to.match(
      /^unknown: .*\+Inf: something is divided/,
    )
    expect(await says(gate({ query: 'errors' }))).to.match(/^unknown: .*yields 2 series: aggregate/)
    expect(await says(gate({ query: 'errors[1m]' }))).to.match(/^unknown: .*yields a range/)
    expect(await says(gate({ query: 'errors{' }))).to.match(/^unknown: .*the query is refused: .*parse error/)
    expect(await says(gate({ query: '"text"' }))).to.match(/^unknown: .*yields a string/)
    expect(await says(gate({ query: 'sum(no_such_metric) or vector(0)' }))).to.equal('passed: is 0, must be < 0.05')
  })

  it('a service that is away goes stale and is not known; the run of good readings goes on after the gap', async () => {
    await expose('error_rate 0.02\n', 'error_rate', 0.02)
    const read = gate({ query: 'error_rate' }, { consecutive: 2 })
    const first = await read()
    await expose(undefined, 'error_rate', undefined)
    expect((await read()).detail).to.match(/^has had no data since/)
    await expose('error_rate 0.02\n', 'error_rate', 0.02)
    const last = await read()
    expect(last.state).to.equal('passed')
    expect(last.evidence?.goodSince).to.equal(first.evidence?.goodSince)
  })

  it('a counter that is reset while nobody looks is no burst of errors', async () => {
    const rate = 'sum(increase(requests_total[30s]))'
    await expose('requests_total 1000000\n', 'requests_total', 1_000_000)
    await until(async () => (await prometheus.query(rate))[0] !== undefined, { what: 'a rate', ...SOON })
    const read = gate({ query: rate, condition: { lt: 1000 }, windowSeconds: 0 }, { consecutive: 3 })
    const states = [(await read()).state]
    await expose(undefined, 'requests_total', undefined)
    states.push((await read()).state)
    await expose('requests_total 1\n', 'requests_total', 1)
    const last = await read()
    expect([...states, last.state]).to.deep.equal(['unknown', 'unknown', 'passed'])
    expect(last.evidence).to.include({ good: 3, bad: 0 })
  })

  it('too little evidence is not known, however bad it looks', async () => {
    await expose('error_rate 1\nrequests 3\n', 'requests', 3)
    const minimum = { query: 'requests', value: 100 }
    expect(await says(gate({ query: 'error_rate', minimum }))).to.match(/too little evidence: 3, at least 100 wanted$/)
    await expose('error_rate 1\nrequests 100\n', 'requests', 100)
    expect((await gate({ query: 'error_rate', minimum })()).state).to.equal('failed')
  })

  it('the stage is compared with the rest of the fleet', async () => {
    const text = 'error_rate{node="n1.example"} 0.03\nerror_rate{node="n2"} 0.03\nerror_rate{node="n3"} 0.02\n'
    await expose(text, 'error_rate{node="n3"}', 0.02)
    const metric = (lt: number): Metric => ({
      query: 'avg(error_rate{node=~"{{nodes}}"})',
      condition: { lt },
      baseline: { at: 'now', query: 'avg(error_rate{node!~"{{nodes}}"})', by: 'ratio' },
    })
    expect(await says(gate(metric(2)))).to.equal('passed: is 0.03 (1.5 times baseline 0.02), must be < 2 times it')
    expect((await gate(metric(1.2))()).state).to.equal('failed')
  })

  it('and with the time before the stage opened', async () => {
    await expose('error_rate 0.01\n', 'error_rate', 0.01)
    const read = gate({ query: 'error_rate', condition: { le: 0.01 }, baseline: { at: 'opening', by: 'difference' } })
    await expose('error_rate 0.03\n', 'error_rate', 0.03)
    expect(await says(read)).to.equal('failed: is 0.03 (0.02 above baseline 0.01), must be <= 0.01 above it')
  })

  it('a window that reaches back before the opening counts for nothing yet', async () => {
    await expose('error_rate 1\n', 'error_rate', 1)
    const { state, detail, evidence } = await gate({ query: 'max(avg_over_time(error_rate[5m]))' })()
    expect([state, evidence?.verdict, evidence?.bad]).to.deep.equal(['unknown', 'bad', 0])
    expect(detail).to.match(/must be < 0.05, and counts from \S+ on/)
  })

  it('ten thousand nodes can be named', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `robot-${String(index).padStart(5, '0')}.fleet.example`)
    await expose(`up_to_date{node="${names[9_999]}"} 1\nup_to_date{node="other"} 1\n`, 'sum(up_to_date)', 2)
    const read = gate({ query: 'sum(up_to_date{node=~"{{nodes}}"})', condition: { eq: 1 } }, {}, names)
    expect((await read()).state).to.equal('passed')
  })

  it('a Prometheus that is down is not known, although it was good before', async () => {
    await expose('error_rate 0.02\n', 'error_rate', 0.02)
    const read = gate({ query: 'error_rate' })
    expect((await read()).state).to.equal('passed')
    await prometheus.stop()
    expect(await says(read)).to.match(/^unknown: has had no data since \S+: (connection refused|the connection broke)$/)
  })
})
