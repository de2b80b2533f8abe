import type { RolloutPlan } from '../api/object.ts'
import { type FleetPod, podChanged } from '../fleet/pod.ts'
import { selectorText } from '../fleet/selector.ts'
import type { Cache } from '../kube/cache.ts'
import { isAtWork } from '../rollout/catch-up.ts'
import type { Clock } from '../runtime/clock.ts'
import { groupIndex } from './index.ts'

type Watched = {
  readonly cache: Cache<FleetPod>
  readonly byNode: ReadonlyMap<string, readonly FleetPod[]>
  readonly since: number
  readonly stop: AbortController
  readonly done: Promise<void>
  readonly plans: Set<string>
}

/** So long a first list may take before the plan says that its pods cannot be seen. */
const FIRST_LIST = 10_000

/** A watch that tells nothing for so long, bookmarks included, is not to be believed: three come in this time. */
const STALE = 180_000

export type PodWatches = {
  /** The pods that confirm this plan's activations, by node name; undefined while they cannot be seen. */
  readonly podsFor: (plan: RolloutPlan) => ReadonlyMap<string, readonly FleetPod[]> | undefined
  /** Whether this plan's pods can be seen: not needed or listed, being listed for the first time, or not to be had. */
  readonly stateFor: (plan: RolloutPlan) => 'seen' | 'coming' | 'unseen'
  /** Watches what this plan needs; stops watching what no plan needs any more. */
  readonly follow: (key: string, plan: RolloutPlan | undefined) => void
  /** Lists everything watched anew, from a quorum. */
  readonly refresh: (signal: AbortSignal) => Promise<void>
  /** Resolves when every watch has ended, after `signal` was aborted. */
  readonly done: () => Promise<void>
}

/**
 * One watch for each namespace and selector that some plan confirms by, and none when no plan does:
 * the operator never holds the cluster's other pods.
 *
 * @param open makes the cache of one namespace and label selector
 * @param wake called with the key of each plan whose pods changed
 */
export function podWatches(
  open: (namespace: string, labelSelector: string) => Cache<FleetPod>,
  wake: (planKey: string) => void,
  clock: Clock,
  signal: AbortSignal,
): PodWatches {
  const watched = new Map<string, Watched>()
  const ending = new Set<Promise<void>>()

  const start = (namespace: string, selector: string): Watched => {
    const cache = open(namespace, selector)
    const since = clock.monotonic()
    const stop = new AbortController()
    const plans = new Set<string>()
    const byNode = groupIndex(cache, pod => pod.nodeName)
    cache.subscribe(({ kind, object, previous }) => {
      if (kind !== 'updated' || !previous || podChanged(previous, object)) for (const key of plans) wake(key)
    })
    const done = cache.run(AbortSignal.any([signal, stop.signal]))
    return { cache, byNode, since, stop, done, plans }
  }

  const end = (watch: Watched) => {
    watch.stop.abort()
    ending.add(watch.done)
    void watch.done.finally(() => ending.delete(watch.done))
  }

  return {
    podsFor(plan) {
      const watch = watched.get(watchKey(plan) ?? '')
      return watch && isSeen(watch.cache) ? watch.byNode : undefined
    },
    stateFor(plan) {
      const watch = watched.get(watchKey(plan) ?? '')
      if (!watch || isSeen(watch.cache)) return 'seen'
      if (watch.cache.synced()) return 'unseen'
      return clock.monotonic() - watch.since < FIRST_LIST ? 'coming' : 'unseen'
    },
    follow(key, plan) {
      const wanted = plan && isAtWork(plan.status) ? watchKey(plan) : undefined
      for (const [id, watch] of watched) {
        if (id === wanted || !watch.plans.delete(key) || watch.plans.size > 0) continue
        watched.delete(id)
        end(watch)
      }
      if (wanted === undefined || !plan || signal.aborted) return
      const { namespace = '', selector } = plan.spec.activation.confirm
      const watch = watched.get(wanted) ?? start(namespace, selectorText(selector))
      watched.set(wanted, watch)
      if (watch.plans.has(key)) return
      watch.plans.add(key)
      void watch.cache.whenSynced(AbortSignal.any([signal, watch.stop.signal])).then(
        () => wake(key),
        () => undefined,
      )
    },
    refresh: async refreshSignal => {
      await Promise.all([...watched.values()].map(({ cache }) => cache.refresh(refreshSignal)))
    },
    done: async () => {
      await Promise.all([...ending, ...[...watched.values()].map(watch => watch.done)])
    },
  }
}

function isSeen(cache: Cache<FleetPod>): boolean {
  return cache.synced() && (cache.state().silentMs ?? 0) < STALE
}

function watchKey(plan: RolloutPlan): string | undefined {
  const { kind, namespace, selector } = plan.spec.activation.confirm
  return kind === 'pod' ? `${namespace}|${selectorText(selector)}` : undefined
}
