import { trimPod } from '../fleet/pod.ts'
import { createEvaluator } from '../evaluator/evaluator.ts'
import type { EvaluatorMetrics } from '../evaluator/metrics.ts'
import type { Sources } from '../evaluator/source.ts'
import { createCache } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import { keyOf } from '../kube/object.ts'
import type { Clock } from '../runtime/clock.ts'
import { type ControllerMetrics, createController } from '../runtime/controller.ts'
import type { Log } from '../runtime/log.ts'
import type { PatchMetrics } from './node-patches.ts'
import { planReconciler } from './plan.ts'
import { podWatches } from '../view/pod-watch.ts'
import type { Records } from './record.ts'
import { fleetPods } from '../view/resources.ts'
import { createPace } from './pace.ts'
import { installTriggers } from './trigger.ts'
import type { CacheParts, Caches } from '../view/caches.ts'
import { createView } from '../view/view.ts'

/** Plans worked on side by side; a plan that waits for an API call must not hold up the others. */
const CONCURRENCY = 4

export type LeadingParts = {
  readonly caches: Caches
  readonly cacheParts: CacheParts
  /** Its writes are guarded by the leader's lease. */
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: ControllerMetrics
  readonly patchMetrics?: PatchMetrics
  readonly record: (records: Records) => void
  /** Whether this replica leads at this very moment. */
  readonly leads: () => boolean
  /** What gates may look at outside. They are closed when leading ends. */
  readonly sources: Sources
  readonly evaluatorMetrics?: EvaluatorMetrics
}

/**
 * Runs the BatchPromoter until `signal` aborts: what the leader does.
 *
 * First lists everything anew from a quorum, so that the first decision is not made from a view older than what the
 * leader before has written.
 */
export async function lead(parts: LeadingParts, signal: AbortSignal): Promise<void> {
  const { caches, cacheParts, client, clock, log, metrics, patchMetrics, record, leads, sources, evaluatorMetrics } =
    parts
  const { plans, recoveries, nodes, parts: members } = caches
  await Promise.all([plans, recoveries, nodes, members].map(cache => cache.refresh(signal)))

  const pace = createPace(clock)
  const pods = podWatches(
    (namespace, labelSelector) =>
      createCache({ ...cacheParts, resource: fleetPods, trim: trimPod, namespace, labelSelector }),
    key => controller.enqueueAfter(key, pace.wait(key)),
    clock,
    signal,
  )
  const evaluator = createEvaluator({
    sources,
    clock,
    log,
    wake: key => controller.enqueue(key),
    signal,
    ...(evaluatorMetrics ? { metrics: evaluatorMetrics } : {}),
  })
  const view = createView(caches, pods, evaluator.readingsOf)
  const controller = createController({
    name: 'rolloutplan',
    reconcile: planReconciler({
      client,
      caches,
      view,
      pods,
      pace,
      evaluator,
      clock,
      record,
      leads,
      ...(patchMetrics ? { patchMetrics } : {}),
      stopping: signal,
    }),
    clock,
    log,
    concurrency: CONCURRENCY,
    ...(metrics ? { metrics } : {}),
  })
  installTriggers(caches, controller, pace)
  for (const plan of plans.values()) controller.enqueue(keyOf(plan), 'low')
  for (const { metadata, spec } of recoveries.values())
    controller.enqueue(`${metadata.namespace}/${spec.planName}`, 'low')
  log.info('leading', { plans: plans.size, nodes: nodes.size })
  await controller.run(signal)
  await Promise.all([pods.done(), evaluator.done()])
}
