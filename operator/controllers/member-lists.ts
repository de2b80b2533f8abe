import type { RolloutPlan } from '../api/object.ts'
import type { Client } from '../kube/client.ts'
import { isAlreadyExists, isNotFound, isRefused } from '../kube/errors.ts'
import type { Decision } from '../rollout/decision.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Caches } from '../view/caches.ts'
import { leftovers, partsOf } from '../view/membership.ts'
import { membership } from '../view/resources.ts'
import type { View } from '../view/view.ts'

/** Members that are to be kept, and of which stage. */
export type WantedList = NonNullable<Decision['freeze']>

/** The ControllerRevisions that keep who belongs to a stage. Keys are those of plans. */
export type MemberLists = {
  /**
   * Keeps a list, part by part.
   *
   * - `kept`: all of it is in the cache.
   * - `coming`: somebody had written it before, and the watch will bring it.
   * - `left`: half kept at most, because `interrupted` said that something else goes first. Parts are named by their
   *   content, so that it can be gone on with.
   *
   * @throws ApiError what was answered where a part was refused, and whatever kept an answer from coming
   */
  keep(
    key: string,
    plan: RolloutPlan,
    wanted: WantedList,
    interrupted: () => boolean,
    signal: AbortSignal,
  ): Promise<'kept' | 'coming' | 'left'>
  /** The same for a list that is not needed yet: tried now and then, and a refusal is no failure. True when it is worth another look. */
  keepAhead(...list: Parameters<MemberLists['keep']>): Promise<boolean>
  /** Deletes one list that nobody needs; false when one is left that cannot be deleted now. */
  sweep(key: string, plan: RolloutPlan, signal: AbortSignal): Promise<boolean>
  forget(key: string): void
}

/** How long a new list may take to come back by the watch before it is written again. */
const PATIENCE = 5_000
/** How often is tried what can wait. */
const INTERVAL = 10_000

export function createMemberLists({
  client,
  caches: { parts },
  view,
  clock,
}: {
  readonly client: Pick<Client, 'create' | 'delete'>
  readonly caches: Pick<Caches, 'parts'>
  readonly view: Pick<View, 'partsOf'>
  readonly clock: Pick<Clock, 'monotonic'>
}): MemberLists {
  /** The list that was written last, and when. */
  const written = new Map<string, { readonly list: string; readonly at: number }>()
  /** The stage for which a list was last to be kept ahead, and when. */
  const ahead = new Map<string, { readonly stage: string; readonly at: number }>()
  /** When a list could not be deleted. */
  const unsweptAt = new Map<string, number>()
  const isDue = (lastAt = -Infinity) => clock.monotonic() - lastAt >= INTERVAL

  const keep: MemberLists['keep'] = async (key, plan, { stage, frozen }, interrupted, signal) => {
    const list = `${stage}/${frozen.digest}`
    const before = written.get(key)
    if (before?.list === list && clock.monotonic() - before.at < PATIENCE) return 'coming'
    let known = true
    for (const part of partsOf(plan, stage, frozen)) {
      if (interrupted()) return 'left'
      try {
        parts.observe(await client.create(membership, part, { signal }))
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        known = false
      }
    }
    written.set(key, { list, at: clock.monotonic() })
    return known ? 'kept' : 'coming'
  }

  return {
    keep,
    keepAhead: async (key, plan, wanted, ...rest) => {
      const { stage } = wanted
      const last = ahead.get(key)
      if (last?.stage === stage && !isDue(last.at)) return false
      ahead.set(key, { stage, at: clock.monotonic() })
      try {
        return (await keep(key, plan, wanted, ...rest)) !== 'coming'
      } catch (error) {
        if (!isRefused(error)) throw error
        return false
      }
    },
    sweep: async (key, plan, signal) => {
      const [part] = leftovers(plan, view.partsOf(plan))
      if (!part) return true
      if (!isDue(unsweptAt.get(key))) return false
      const { name, namespace, uid } = part.metadata
      const ref = { name, ...(namespace ? { namespace } : {}) }
      try {
        await client.delete(membership, ref, { signal, preconditions: { uid } })
        return true
      } catch (error) {
        if (isNotFound(error)) return true
        if (!isRefused(error)) throw error
        unsweptAt.set(key, clock.monotonic())
        return false
      }
    },
    forget: key => {
      written.delete(key)
      ahead.delete(key)
      unsweptAt.delete(key)
    },
  }
}
