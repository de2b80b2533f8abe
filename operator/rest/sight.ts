import type { RolloutPlan } from '../api/object.ts'
import { keyOf } from '../kube/object.ts'
import { onAbort } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import type { PodWatches } from '../view/pod-watch.ts'

/** So long pods stay watched after somebody asked for a plan's nodes. */
const IDLE = 120_000
/** So long a first request waits for the pods; after that it is answered without them. */
const PATIENCE = 3_000
const LOOK_EVERY = 25

/**
 * Sees the pods of a plan for as long as somebody asks about its nodes: a replica that does not lead need not hold them.
 */
export type Sight = { readonly of: (plan: RolloutPlan, signal: AbortSignal) => Promise<void> }

/** @param stopping ends the watches */
export function sightOf(pods: PodWatches, clock: Clock, stopping: AbortSignal): Sight {
  const leases = new Map<string, () => void>()
  onAbort(stopping, () => {
    for (const cancel of leases.values()) cancel()
  })
  return {
    of: async (plan, signal) => {
      const key = keyOf(plan)
      leases.get(key)?.()
      leases.set(
        key,
        clock.timer(IDLE, () => {
          leases.delete(key)
          pods.follow(key, undefined)
        }),
      )
      pods.follow(key, plan)
      const until = clock.monotonic() + PATIENCE
      while (pods.stateFor(plan) === 'coming' && clock.monotonic() < until) await clock.sleep(LOOK_EVERY, signal)
    },
  }
}
