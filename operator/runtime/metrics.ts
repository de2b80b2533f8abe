import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { CacheMetrics, CacheState } from '../kube/cache.ts'
import { isApiError } from '../kube/errors.ts'
import type { ClientMetrics } from '../kube/transport.ts'
import type { Clock } from './clock.ts'
import type { ControllerMetrics } from './controller.ts'
import type { EventMetrics } from './events.ts'
import type { LeaderMetrics } from './leader.ts'
import type { QueueMetrics } from './queue.ts'

/**
 * Everything counted. Where controller-runtime and client-go have a metric, its name and labels are theirs, so that
 * existing dashboards and alerts work. No label takes its values from objects: their number is bounded by the code.
 * What the product itself counts is in operator/metrics.
 */
export type Metrics = {
  readonly registry: Registry
  readonly client: ClientMetrics
  readonly cache: CacheMetrics
  readonly leader: LeaderMetrics
  readonly events: EventMetrics
  controller(name: string): ControllerMetrics
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>
}

/** Bounds of every histogram, in seconds. */
export const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMetrics(clock: Pick<Clock, 'now'>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const controllerMetrics = controllers(registry, clock)
  return {
    registry,
    client: client(registry),
    cache: caches(registry),
    leader: leader(registry),
    events: events(registry),
    controller: controllerMetrics,
    exposition: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}

function client(registry: Registry): ClientMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by status code; <error> when no answer came.',
    labelNames: ['method', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time from sending a request to the headers of its answer.',
    labelNames: ['verb'],
    buckets: SECONDS,
    registers,
  })
  return {
    requested: (method, code, took) => {
      requests.inc({ method, code })
      duration.observe({ verb: method }, took)
    },
  }
}

function controllers(registry: Registry, clock: Pick<Clock, 'now'>): (name: string) => ControllerMetrics {
  const registers = [registry]
  const result = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames: ['controller', ...labelNames], registers })
  const total = result('controller_runtime_reconcile_total', 'Reconciles by result.', ['result'])
  const errors = result('controller_runtime_reconcile_errors_total', 'Reconciles that failed, for good or for now.')
  const terminal = result('controller_runtime_terminal_reconcile_errors_total', 'Reconciles that failed for good.')
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of a reconcile.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['controller'], registers })
  const active = gauge('controller_runtime_active_workers', 'Workers at work.')
  const most = gauge('controller_runtime_max_concurrent_reconciles', 'Workers there are.')
  const last = gauge(
    'autonomy_rollouts_last_reconcile_timestamp_seconds',
    'When a reconcile last ended, whatever came of it, or the first one could begin.',
  )
  const queue = queues(registry)
  return controller => {
    for (const outcome of ['success', 'requeue_after', 'error', 'terminal_error'])
      total.inc({ controller, result: outcome }, 0)
    errors.inc({ controller }, 0)
    terminal.inc({ controller }, 0)
    time.zero({ controller })
    active.set({ controller }, 0)
    most.set({ controller }, 0)
    return {
      queue: queue(controller),
      reconciled: (outcome, took) => {
        total.inc({ controller, result: outcome })
        if (outcome === 'error' || outcome === 'terminal_error') errors.inc({ controller })
        if (outcome === 'terminal_error') terminal.inc({ controller })
        time.observe({ controller }, took)
        last.set({ controller }, clock.now() / 1000)
      },
      activeWorkers: count => active.set({ controller }, count),
      workers: count => {
        most.set({ controller }, count)
        last.set({ controller }, clock.now() / 1000)
      },
    }
  }
}

function queues(registry: Registry): (name: string) => QueueMetrics {
  const common = { labelNames: ['name', 'controller'], registers: [registry] }
  const depth = new Gauge({ name: 'workqueue_depth', help: 'Keys ready to be worked on.', ...common })
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', ...common })
  const retries = new Counter({ name: 'workqueue_retries_total', help: 'Keys added again after a failure.', ...common })
  const histogram = (name: string, help: string) => new Histogram({ name, help, buckets: SECONDS, ...common })
  const waited = histogram('workqueue_queue_duration_seconds', 'How long a key waited for a worker.')
  const worked = histogram('workqueue_work_duration_seconds', 'How long a key was worked on.')
  return name => {
    const labels = { name, controller: name }
    depth.set(labels, 0)
    adds.inc(labels, 0)
    retries.inc(labels, 0)
    return {
      depth: keys => depth.set(labels, keys),
      added: () => adds.inc(labels),
      retried: () => retries.inc(labels),
      waited: took => waited.observe(labels, took),
      worked: took => worked.observe(labels, took),
    }
  }
}

function leader(registry: Registry): LeaderMetrics {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this replica leads.',
    labelNames: ['name'],
    registers: [registry],
  })
  return { leading: (name, leading) => status.set({ name }, leading ? 1 : 0) }
}

function events(registry: Registry): EventMetrics {
  const recorded = new Counter({
    name: 'autonomy_rollouts_events_total',
    help: 'Kubernetes Events by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  return { event: outcome => recorded.inc({ outcome }) }
}

function caches(registry: Registry): CacheMetrics {
  let states: (() => CacheState)[] = []
  /** By resource: several caches may hold parts of one. Those that have stopped are forgotten, and speak no more. */
  const running = () => {
    states = states.filter(state => state().phase !== 'stopped')
    return Map.groupBy(
      states.map(state => state()),
      ({ resource }) => resource,
    )
  }
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames: ['resource', ...labelNames], registers: [registry] })
  const changes = counter('autonomy_rollouts_cache_changes_total', 'Changes of cached objects.', ['kind'])
  const lists = counter('autonomy_rollouts_cache_lists_total', 'Complete lists taken over.')
  const failures = counter('autonomy_rollouts_cache_failures_total', 'Lists and watches that failed.', ['code'])
  const rejected = counter('autonomy_rollouts_cache_rejected_total', 'Objects that could not be kept.')
  const observed = (name: string, help: string, read: (caches: readonly CacheState[]) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['resource'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [resource, caches] of running()) {
          const value = read(caches)
          if (value !== undefined) this.set({ resource }, value)
        }
      },
    })
  observed('autonomy_rollouts_cache_objects', 'Objects held.', caches =>
    caches.reduce((sum, { size }) => sum + size, 0),
  )
  observed('autonomy_rollouts_cache_synced', 'Whether complete lists were taken over.', caches =>
    caches.every(({ synced }) => synced) ? 1 : 0,
  )
  observed(
    'autonomy_rollouts_cache_silence_seconds',
    'Time since the server last sent anything; about a minute is normal.',
    caches => {
      const silences = caches.flatMap(({ silentMs }) => (silentMs === undefined ? [] : [silentMs / 1000]))
      return silences.length === 0 ? undefined : Math.max(...silences)
    },
  )
  return {
    changed: (resource, kind) => changes.inc({ resource, kind }),
    relisted: resource => lists.inc({ resource }),
    failed: (resource, error) => failures.inc({ resource, code: codeOf(error) }),
    rejected: resource => rejected.inc({ resource }),
    register: state => void states.push(state),
  }
}

/** HTTP status or error code. */
function codeOf(error: unknown): string {
  if (isApiError(error)) return String(error.code)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'other'
}
