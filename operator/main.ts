import type { AuditLine } from './api/audit.ts'
import { lead } from './controllers/rollout.ts'
import type { Records } from './controllers/record.ts'
import { createCredentialReader } from './evaluator/credentials.ts'
import { jobSource } from './evaluator/jobs/source.ts'
import { metricSource } from './evaluator/metric.ts'
import { webhookSource } from './evaluator/webhook/webhook.ts'
import { createEvaluatorMetrics } from './evaluator/metrics.ts'
import { createClient } from './kube/client.ts'
import { loadClusterConfig } from './kube/config.ts'
import { createTransport } from './kube/transport.ts'
import { buildInfo } from './metrics/build-info.ts'
import { gateMetrics } from './metrics/gates.ts'
import { outcomeMetrics } from './metrics/outcomes.ts'
import { patchMetrics } from './metrics/patches.ts'
import { planMetrics } from './metrics/plans.ts'
import { restMetrics } from './metrics/rest.ts'
import { type Caches, createCaches } from './view/caches.ts'
import { type Options, USAGE, UsageError, readOptions } from './options.ts'
import { createRest } from './rest/rest.ts'
import { serverClock, systemClock } from './runtime/clock.ts'
import { createEventRecorder } from './runtime/events.ts'
import { runTogether } from './runtime/group.ts'
import { type Check, startHealthServer } from './runtime/health.ts'
import { createLeaderElector } from './runtime/leader.ts'
import { type Log, createLog } from './runtime/log.ts'
import { createMetrics } from './runtime/metrics.ts'
import { stopSignal } from './runtime/signals.ts'

/** Names the operator in Events and in its Lease's log lines. */
const CONTROLLER = 'fleet.autonomyops.dev/rollout-operator'

/**
 * Wires the parts together and runs until told to stop.
 *
 * Order of a stop: the leader's work ends, then its lease is released, then Events are sent out, then caches, the
 * health server and connections close.
 *
 * @throws LeadershipLostError when the lease was lost: only a new process is sure to be no leader
 */
async function run(options: Options, stop: AbortSignal, log: Log): Promise<void> {
  const clock = serverClock(systemClock())
  const metrics = createMetrics(clock)
  buildInfo(metrics.registry)
  const { kubeconfig, leaseDurationMs, renewDeadlineMs, retryPeriodMs, identity, healthAddress } = options
  const config = loadClusterConfig({ clock, ...(kubeconfig === undefined ? {} : { kubeconfig }) })
  const connect = () => createTransport({ config, clock, observe: clock.observe, metrics: metrics.client })
  const [transport, leaseTransport, reviewTransport] = [connect(), connect(), connect()]
  const namespace = options.namespace ?? config.namespace ?? 'default'
  const reader = createClient({ transport, clock })

  const elector = createLeaderElector({
    client: createClient({ transport: leaseTransport, clock }),
    namespace,
    name: options.leaseName,
    identity,
    clock,
    log,
    metrics: metrics.leader,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  })
  const writer = createClient({ transport, clock, beforeWrite: elector.guard })
  const events = createEventRecorder({
    client: reader,
    clock,
    log,
    controller: CONTROLLER,
    instance: identity,
    metrics: metrics.events,
  })
  const cacheParts = { client: reader, clock, log, metrics: metrics.cache }
  const caches = createCaches(cacheParts)
  const asking = { credentials: createCredentialReader(reader, clock), clock, ...options.gates }
  const sources = { metric: metricSource(asking), webhook: webhookSource(asking), job: jobSource(writer, log) }
  const leading = {
    caches,
    cacheParts,
    client: writer,
    leads: elector.isLeader,
    clock,
    log,
    metrics: metrics.controller('rolloutplan'),
    patchMetrics: patchMetrics(metrics.registry),
    sources,
    evaluatorMetrics: createEvaluatorMetrics(metrics.registry),
  }
  const counted = outcomeMetrics(metrics.registry)
  const audit = (line: AuditLine) => {
    process.stdout.write(`${JSON.stringify(line)}\n`)
    counted(line)
  }
  const plansThereAre = () => caches.plans.values()
  const countGates = gateMetrics(metrics.registry, plansThereAre, clock)
  const record = ({ events: notes, audit: lines, gates }: Records) => {
    for (const note of notes) events.record(note)
    for (const line of lines) audit(line)
    countGates(gates)
  }
  planMetrics(metrics.registry, plansThereAre, clock)
  const rest =
    options.rest &&
    createRest({
      ...options.rest,
      namespace,
      planNamespace: options.rest.planNamespace ?? namespace,
      caches,
      cacheParts,
      client: reader,
      reviews: reviewTransport,
      audit,
      metrics: restMetrics(metrics.registry),
      exposition: metrics.exposition,
      clock,
      log,
    })

  const health = await startHealthServer({
    ...healthAddress,
    ready: rest?.checks ?? syncChecks(caches),
    clock,
    log,
  })
  const { host, port } = health.address
  log.info('started', { identity, server: config.server.href, health: `http://${host}:${port}` })

  const infrastructure = new AbortController()
  const elect = async (signal: AbortSignal) => {
    try {
      await elector.run(AbortSignal.any([stop, signal]), leadership => lead({ ...leading, record }, leadership.signal))
    } finally {
      infrastructure.abort()
    }
  }
  const watching = Object.values(caches).map(cache => (signal: AbortSignal) => cache.run(signal))
  try {
    const serving = rest ? [(signal: AbortSignal) => rest.run(signal)] : []
    await runTogether(infrastructure.signal, [...watching, ...serving, signal => events.run(signal), elect])
  } finally {
    await Promise.all([health.close(), transport.close(), leaseTransport.close(), reviewTransport.close()])
  }
}

/** A replica is ready once it has seen everything once; it stays so when the API server cannot be reached. */
function syncChecks(caches: Caches): Check[] {
  return Object.entries(caches).map(([name, cache]) => ({
    name: `cache-${name}`,
    problem: () => (cache.synced() ? undefined : `${name} have not been listed yet`),
  }))
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === 'help') {
      process.stdout.write(USAGE)
      return 0
    }
    const log = createLog({ level: options.logLevel })
    using stop = stopSignal(log)
    try {
      await run(options, stop.signal, log)
      log.info('stopped')
      return 0
    } catch (error) {
      log.error('ended', { error })
      return 1
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`autonomy-rollouts: ${error.message}\n`)
    return 2
  }
}

process.exitCode = await main()
