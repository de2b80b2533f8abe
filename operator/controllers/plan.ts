import type { RolloutPlan } from '../api/object.ts'
import type { Evaluator } from '../evaluator/evaluator.ts'
import type { Client } from '../kube/client.ts'
import { isNotFound, wasNotMade } from '../kube/errors.ts'
import { keyOf, refOf } from '../kube/object.ts'
import { hasEnded } from '../rollout/catch-up.ts'
import { changeOf } from '../rollout/change.ts'
import type { Decision } from '../rollout/decision.ts'
import { RECORD_INTERVAL } from '../rollout/gates/watched.ts'
import { decide } from '../rollout/promoter.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Reconcile } from '../runtime/controller.ts'
import type { Log } from '../runtime/log.ts'
import { createCollisions } from './collisions.ts'
import { createMemberLists } from './member-lists.ts'
import { type PatchMetrics, type Round, makePatches, patchesOf } from './node-patches.ts'
import type { Pace } from './pace.ts'
import type { PodWatches } from '../view/pod-watch.ts'
import { type Records, recordsOf } from './record.ts'
import { recoveryJudge } from './recovery.ts'
import { rolloutPlans } from '../view/resources.ts'
import { serially } from './serial.ts'
import { TICK, untilTick } from './tick.ts'
import { createUntold } from './untold.ts'
import type { Caches } from '../view/caches.ts'
import type { View } from '../view/view.ts'

export type PlanReconcilerParts = {
  /** Its writes are guarded by the leader's lease. */
  readonly client: Client
  readonly caches: Caches
  readonly view: View
  readonly pods: PodWatches
  readonly pace: Pace
  readonly evaluator: Pick<Evaluator, 'follow'>
  readonly clock: Clock
  /** Takes what a committed write leaves behind; never blocks, never throws. */
  readonly record: (records: Records) => void
  /** Whether this replica leads at this very moment: then it has all the time since it began. */
  readonly leads: () => boolean
  readonly patchMetrics?: PatchMetrics
  /** Aborted when leading ends: the step under way is finished, no further one is begun. */
  readonly stopping: AbortSignal
}

/**
 * Changes of mere numbers are written this late: what follows from them is often about to be written, and has them. So
 * there are no more than one such write in this time for one plan.
 */
const COUNTS_INTERVAL = 1_000
/** One reconcile takes this many steps at most, then makes room for other plans. */
const MOST_STEPS = 50
/** The words of a trouble that goes on stay for so long: they may differ from try to try, and each change is a write. */
const SAME_WORDS = 60_000
/** How soon a plan is looked at again: its pods are being listed, a node of it has changed, or it has had its steps. */
const SOON = 250

/** A step either changed something, so that the plan is to be looked at again, or found nothing to do for so long. */
type Step = { readonly kind: 'wrote' } | { readonly kind: 'wait'; readonly ms: number | undefined }

const WROTE: Step = { kind: 'wrote' }

/**
 * Takes one plan a step further, again and again, until there is nothing to write.
 *
 * Guarantees: one kind of write at a time, each preconditioned on what it was decided from or idempotent; no progress
 * is kept in memory; after a write whose outcome is unknown the plan is read from the API server before anything else
 * is decided about it, and what a write leaves behind is told when it turns out to have been made; a recovery that comes
 * in stops a round of node patches before the next node, and the keeping of a list before its next part; a node that
 * cannot be patched, or a list that cannot be kept or deleted, holds up nothing but itself, and is tried again for as long
 * as it is wanted.
 *
 * Assumption: the caches were listed from a quorum after this process became leader.
 */
export function planReconciler({
  client,
  caches,
  view,
  pods,
  pace,
  evaluator,
  clock,
  record,
  leads,
  patchMetrics,
  stopping,
}: PlanReconcilerParts): Reconcile {
  const { plans, nodes } = caches
  /** Keys of plans whose last write may or may not have happened. */
  const doubtful = new Set<string>()
  /** The UID that a plan had when it was looked at last. */
  const uids = new Map<string, string>()
  /** Why a node could not be patched, and since when that is said. */
  const troubles = new Map<string, { readonly words: string; readonly at: number }>()
  const collisions = createCollisions({ baseMs: SOON, maxMs: TICK })
  /** Since when there are numbers that the status has not got. */
  const countsSince = new Map<string, number>()
  const evidenceWrittenAt = new Map<string, number>()
  const lists = createMemberLists({ client, caches, view, clock })
  const untold = createUntold()
  plans.subscribe(({ kind, object }) => {
    if (kind === 'deleted') untold.deleted(keyOf(object), object.status)
  })
  const judge = recoveryJudge({ client, caches, view, clock, record, recordFound, writeStatus })

  /** Of a write that turns out to have been made another leader may have told, if there has been one. */
  function recordFound(records: Records): void {
    if (leads()) record(records)
  }

  async function writeStatus(plan: RolloutPlan, decision: Decision, signal: AbortSignal): Promise<void> {
    const { status, transitions } = decision
    const key = keyOf(plan)
    const records = recordsOf(plan, status, transitions)
    countsSince.delete(key)
    evidenceWrittenAt.set(key, clock.monotonic())
    untold.sent(key, status, records)
    try {
      plans.observe(await client.update(rolloutPlans, { ...plan, status }, { signal, subresource: 'status' }))
    } catch (error) {
      if (wasNotMade(error)) untold.refused(key)
      throw error
    }
    untold.answered(key)
    record(records)
  }

  /** The plan as the API server has it now; undefined when it is deleted. */
  async function reread(key: string, signal: AbortSignal): Promise<RolloutPlan | undefined> {
    try {
      const live = await client.get(rolloutPlans, refOf(key), { signal })
      plans.observe(live)
      return plans.get(key)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** Whether anything has come since this was called that goes before what is being done. */
  function interruption(key: string, signal: AbortSignal): () => boolean {
    const known = new Set(view.pending(key).map(recovery => recovery.metadata.uid))
    return () =>
      signal.aborted || stopping.aborted || view.pending(key).some(recovery => !known.has(recovery.metadata.uid))
  }

  /** After how many milliseconds a change that leads nowhere is to be written. */
  function dueIn(key: string, change: ReturnType<typeof changeOf>): number {
    const now = clock.monotonic()
    switch (change) {
      case 'counts': {
        const since = countsSince.get(key) ?? now
        countsSince.set(key, since)
        return since + COUNTS_INTERVAL - now
      }
      case 'evidence':
        return (evidenceWrittenAt.get(key) ?? -Infinity) + RECORD_INTERVAL - now
      default:
        return Infinity
    }
  }

  function noteTrouble(key: string, { trouble: words }: Round): void {
    const before = troubles.get(key)
    if (words === undefined) troubles.delete(key)
    else if (!before || clock.monotonic() - before.at >= SAME_WORDS) troubles.set(key, { words, at: clock.monotonic() })
  }

  async function carryOut(
    key: string,
    plan: RolloutPlan,
    interrupted: () => boolean,
    signal: AbortSignal,
  ): Promise<Step> {
    const refusal = lists.refusal(key)
    const trouble = [troubles.get(key)?.words, refusal?.words].filter(words => words !== undefined).join('; ')
    const observation = view.observe(plan, trouble || undefined)
    const decision = pace.decide(key, () => decide(observation, clock.now()))
    evaluator.follow(key, plan, decision.asks)
    if (refusal && decision.freeze?.stage !== refusal.stage) {
      lists.unneeded(key)
      return WROTE
    }
    const change = changeOf(plan.status, decision.status)
    if (change === 'course' && (!decision.freeze || refusal?.words !== undefined)) {
      await writeStatus(plan, decision, signal)
      return WROTE
    }
    const patches = patchesOf(plan, decision, observation.nodes, clock.now())
    let round: Round | undefined
    let collided: number | undefined
    if (patches.length === 0) collisions.forget(key)
    if (patches.length > 0) {
      round = await makePatches(patches, client, nodes, interrupted, signal, patchMetrics)
      collided = collisions.pauseAfter(key, round)
      noteTrouble(key, round)
      if (round.made > 0 || interrupted()) return WROTE
    } else if (troubles.delete(key)) return WROTE
    const patience = round ? (collided ?? untilTick(clock.monotonic())) : Infinity
    if (decision.freeze && (refusal?.dueInMs ?? 0) <= 0) {
      const outcome = await lists.keep(key, plan, decision.freeze, interrupted, signal)
      return outcome === 'coming' ? { kind: 'wait', ms: round ? patience : SOON } : WROTE
    }
    if (decision.freeze && refusal?.words === undefined)
      return { kind: 'wait', ms: Math.min(refusal?.dueInMs ?? SOON, patience) }
    const free = view.pending(key).length === 0 && !stopping.aborted
    if (free && decision.prepare && (await lists.keepAhead(key, plan, decision.prepare, interrupted, signal)))
      return WROTE
    const later = dueIn(key, change)
    if (later <= 0) {
      await writeStatus(plan, decision, signal)
      return WROTE
    }
    const again = refusal?.dueInMs ?? Infinity
    if (change === 'counts') return { kind: 'wait', ms: Math.min(later, again) }
    if (round?.failure) throw round.failure
    const swept = await lists.sweep(key, plan, signal)
    const due = decision.lookAgainAt === undefined ? Infinity : Math.max(0, decision.lookAgainAt - clock.now())
    const tick = swept && hasEnded(decision.status) ? Infinity : untilTick(clock.monotonic())
    const ms = Math.min(due, tick, later, again, patience)
    return { kind: 'wait', ms: Number.isFinite(ms) ? ms : undefined }
  }

  /** A recovery settles who has confirmed, or has failed: it is not judged while that is about to be known. */
  async function step(key: string, plan: RolloutPlan, signal: AbortSignal): Promise<Step> {
    if (uids.get(key) !== plan.metadata.uid) forget(key)
    uids.set(key, plan.metadata.uid)
    const records = untold.seen(key, plan.status)
    if (records) recordFound(records)
    if (pods.stateFor(plan) === 'coming') return { kind: 'wait', ms: SOON }
    const interrupted = interruption(key, signal)
    if (await judge.next(key, plan, signal)) return WROTE
    return carryOut(key, plan, interrupted, signal)
  }

  /** What is known of a plan that is gone is not true of one that has come in its place. */
  function forget(key: string): void {
    uids.delete(key)
    troubles.delete(key)
    collisions.forget(key)
    countsSince.delete(key)
    evidenceWrittenAt.delete(key)
    lists.forget(key)
    const records = untold.leave(key)
    if (records) recordFound(records)
    pace.forget(key)
  }

  async function run(key: string, signal: AbortSignal, log: Log) {
    for (let count = 0; count < MOST_STEPS; count += 1) {
      signal.throwIfAborted()
      if (stopping.aborted) return {}
      if (doubtful.has(key)) {
        await reread(key, signal)
        doubtful.delete(key)
      }
      const plan = plans.get(key)
      pods.follow(key, plan)
      if (!plan) {
        evaluator.follow(key, undefined, [])
        forget(key)
        judge.leave(key)
        if (view.pending(key).length === 0) return {}
        if (await reread(key, signal)) continue
        await judge.orphans(key, signal)
        return {}
      }
      const label = plan.spec.activation.label
      const outcome =
        plan.status.phase === 'published'
          ? await starts(label, () => step(key, plans.get(key) ?? plan, signal))
          : await step(key, plan, signal)
      if (outcome.kind === 'wait') return outcome.ms === undefined ? {} : { requeueAfterMs: outcome.ms }
    }
    log.debug('more to do, other plans first')
    return { requeueAfterMs: SOON }
  }

  /** Of the plans that share a label, one at a time may start, so that each sees the one before. */
  const starts = serially()

  return async (key, signal, log) => {
    try {
      return await run(key, signal, log)
    } catch (error) {
      doubtful.add(key)
      throw error
    }
  }
}
