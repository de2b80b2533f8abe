import { createCredentialReader } from '../../../operator/evaluator/credentials.ts'
import { createEvaluator } from '../../../operator/evaluator/evaluator.ts'
import { metricSource } from '../../../operator/evaluator/metric.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { createLog } from '../../../operator/runtime/log.ts'
import { pause, until } from '../../cluster/wait.ts'
import { subject } from '../../evaluator/build.ts'
import { blackhole, startFaultServer } from '../../kube/fault-server.ts'
import { startExporter } from '../../prometheus/exporter.ts'
import { startPrometheus } from '../../prometheus/prometheus.ts'
import { plan as aPlan } from '../../rollout/build.ts'

/**
 * How well 500 metric gates are read every 10 s from a real Prometheus, alone and beside providers that hang.
 *
 * Prints one JSON line a run: how late looks began, how long they took, connections, processor time and memory of this
 * process, in which the evaluator runs as in the operator.
 */
const GATES = 500
const INTERVAL = 10_000
const WARM = 15_000
const LENGTH = 60_000

const clock = systemClock()

async function run(hanging: number): Promise<void> {
  await using exporter = await startExporter('error_rate 0.02\n')
  const scrape = [{ job_name: 'robots', static_configs: [{ targets: [exporter.target] }] }]
  await using prometheus = await startPrometheus({ scrape })
  await until(async () => (await prometheus.query('error_rate'))[0] !== undefined, {
    what: 'a scrape',
    withinMs: 30_000,
  })
  const silent = await Promise.all(Array.from({ length: hanging }, () => startFaultServer(blackhole)))
  const stop = new AbortController()
  /** Of gates whose provider answers, in milliseconds. */
  const late: number[] = []
  const dues = new Map<string, number>()
  const took: number[] = []
  const verdicts = { good: 0, bad: 0, unknown: 0 }
  let measuring = false
  const credentials = createCredentialReader({ get: () => Promise.reject(new Error('no Secrets here')) }, clock)
  const addresses = [...Array.from({ length: GATES }, () => prometheus.url), ...silent.map(({ url }) => url.origin)]
  const plans = new Map(
    addresses.map((address, index) => [`fleet/p${index}`, { plan: aPlan({ name: `p${index}` }), address }]),
  )
  const askOf = (address: string, due: number) => ({
    ...subject({ query: 'error_rate{job=~".+"}', provider: { address, timeoutSeconds: 10 } }).ask,
    due,
  })
  const evaluator = createEvaluator({
    sources: { metric: metricSource({ credentials, clock, loopback: true }) },
    clock,
    log: createLog({ level: 'silent' }),
    signal: stop.signal,
    // As a reconcile does: what was read is taken in, and the next look asked for.
    wake: key => {
      const known = plans.get(key)
      const last = known && evaluator.readingsOf(known.plan).get('canary/errors')?.at(-1)
      if (!known || !last) return
      const due = dues.get(key)
      if (measuring && due !== undefined && known.address === prometheus.url) late.push(last.at - due)
      dues.set(key, last.at + INTERVAL)
      evaluator.follow(key, known.plan, [askOf(known.address, last.at + INTERVAL)])
    },
    metrics: {
      looked: (_, verdict, seconds) => {
        if (!measuring) return
        verdicts[verdict] += 1
        if (verdict === 'good') took.push(seconds * 1000)
      },
      late: () => {},
      register: () => {},
    },
  })
  for (const [key, { plan, address }] of plans) evaluator.follow(key, plan, [askOf(address, clock.now())])
  await pause(WARM)
  measuring = true
  const [cpu, since] = [process.cpuUsage(), clock.monotonic()]
  await pause(LENGTH)
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (clock.monotonic() - since) / 1000
  const figure = {
    gates: GATES,
    hanging,
    seconds: Math.round(seconds),
    readings: verdicts,
    lateMs: quantiles(late),
    tookMs: quantiles(took),
    // Providers that hang are in this process, too: the other ends of these connections are not the evaluator's.
    connections:
      process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length -
      silent.reduce((sum, server) => sum + server.open(), 0),
    cpuPercent: Math.round((100 * (user + system)) / 1e6 / seconds),
    rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  }
  process.stdout.write(`${JSON.stringify(figure)}\n`)
  stop.abort(new Error('measured'))
  await evaluator.done()
  await Promise.all(silent.map(server => server[Symbol.asyncDispose]()))
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

await run(0)
await run(40)
