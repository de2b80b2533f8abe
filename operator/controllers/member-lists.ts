import type { RolloutPlan } from '../api/object.ts'
import type { Client } from '../kube/client.ts'
import { isAlreadyExists, isNotFound, isRefused } from '../kube/errors.ts'
import type { Decision } from '../rollout/decision.ts'
import { backoffDelay } from '../runtime/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Caches } from '../view/caches.ts'
import { type MembershipPart, leftovers, partsOf } from '../view/membership.ts'
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
   * - `refused`: the API server does not take it, for good or for now; `refusal` says when to try again.
   */
  keep(
    key: string,
    plan: RolloutPlan,
    wanted: WantedList,
    interrupted: () => boolean,
    signal: AbortSignal,
  ): Promise<'kept' | 'coming' | 'left' | 'refused'>
  /** The same for a list that is not needed yet, which is tried now and then. True when the plan is worth another look. */
  keepAhead(...list: Parameters<MemberLists['keep']>): Promise<boolean>
  /** How the list that was needed last was refused, if it was. */
  refusal(key: string): Refusal | undefined
  /** That list is not needed any more. */
  unneeded(key: string): void
  /** Deletes a part of a list that nobody needs; false when one is left that cannot be deleted now. */
  sweep(key: string, plan: RolloutPlan, signal: AbortSignal): Promise<boolean>
  forget(key: string): void
}

export type Refusal = {
  readonly stage: string
  /** What was answered; undefined for as long as it may have been a moment's trouble. */
  readonly words: string | undefined
  /** Milliseconds until it is to be tried again; 0 or less: now. */
  readonly dueInMs: number
}

/** Between two tries of a list that is needed and refused, of which half is random. */
const PAUSE = { baseMs: 500, maxMs: 60_000 }
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
  const refused = new Map<
    string,
    { readonly stage: string; readonly count: number; readonly words: string; readonly due: number }
  >()
  /** The stage for which a list was last to be kept ahead, and when. */
  const ahead = new Map<string, { readonly stage: string; readonly at: number }>()
  /** When parts could not be deleted, by their UID. */
  const unswept = new Map<string, Map<string, number>>()
  const isDue = (lastAt: number) => clock.monotonic() - lastAt >= INTERVAL

  /** Answers in words what keeps the list from being seen. @throws whatever kept an answer from coming */
  const write = async (
    ...[key, plan, { stage, frozen }, interrupted, signal]: Parameters<MemberLists['keep']>
  ): Promise<'kept' | 'coming' | 'left' | { readonly refused: string }> => {
    const list = `${stage}/${frozen.digest}`
    const before = written.get(key)
    const again = before?.list === list
    if (again && clock.monotonic() - before.at < PATIENCE) return 'coming'
    let hidden: string | undefined
    for (const part of partsOf(plan, stage, frozen)) {
      if (interrupted()) return 'left'
      try {
        parts.observe(await client.create(membership, part, { signal }))
      } catch (error) {
        if (isAlreadyExists(error)) hidden ??= part.metadata.name
        else if (isRefused(error)) return { refused: error.message }
        else throw error
      }
    }
    written.set(key, { list, at: clock.monotonic() })
    if (hidden === undefined) return 'kept'
    const words = `ControllerRevision ${hidden} exists and cannot be seen as it should be; delete it if somebody has altered it`
    return again ? { refused: words } : 'coming'
  }

  return {
    keep: async (key, plan, wanted, interrupted, signal) => {
      const outcome = await write(key, plan, wanted, interrupted, signal)
      const { stage } = wanted
      if (typeof outcome === 'string') {
        if (outcome === 'kept') refused.delete(key)
        return outcome
      }
      const before = refused.get(key)
      const count = before?.stage === stage ? before.count + 1 : 1
      const words = `the list of the nodes of stage ${stage}: ${outcome.refused}`
      refused.set(key, { stage, count, words, due: clock.monotonic() + backoffDelay(count, PAUSE) })
      return 'refused'
    },
    keepAhead: async (key, plan, wanted, interrupted, signal) => {
      const { stage } = wanted
      const last = ahead.get(key)
      if (last?.stage === stage && !isDue(last.at)) return false
      ahead.set(key, { stage, at: clock.monotonic() })
      const outcome = await write(key, plan, wanted, interrupted, signal)
      return outcome === 'kept' || outcome === 'left'
    },
    refusal: key => {
      const last = refused.get(key)
      if (!last) return undefined
      const { stage, count, words, due } = last
      return { stage, words: count > 1 ? words : undefined, dueInMs: due - clock.monotonic() }
    },
    unneeded: key => void refused.delete(key),
    sweep: async (key, plan, signal) => {
      const left = leftovers(plan, view.partsOf(plan))
      const triedAt = ({ metadata }: MembershipPart) => unswept.get(key)?.get(metadata.uid) ?? -Infinity
      const [part] = left.toSorted((a, b) => (triedAt(a) < triedAt(b) ? -1 : 1))
      if (!part || !isDue(triedAt(part))) return !part
      const { name, namespace, uid } = part.metadata
      const ref = { name, ...(namespace ? { namespace } : {}) }
      try {
        await client.delete(membership, ref, { signal, preconditions: { uid } })
        return true
      } catch (error) {
        if (isNotFound(error)) return true
        if (!isRefused(error)) throw error
        unswept.set(key, (unswept.get(key) ?? new Map<string, number>()).set(uid, clock.monotonic()))
        return false
      }
    },
    forget: key => {
      written.delete(key)
      refused.delete(key)
      ahead.delete(key)
      unswept.delete(key)
    },
  }
}
