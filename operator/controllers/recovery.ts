import { isDeepStrictEqual } from 'node:util'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { RecoveryStatus } from '../api/rollout-recovery.ts'
import type { Client } from '../kube/client.ts'
import { isConflict, isNotFound, wasNotMade } from '../kube/errors.ts'
import { type ObjectRef, keyOf } from '../kube/object.ts'
import type { Decision } from '../rollout/decision.ts'
import { endsPlan, recover, waitsAlone } from '../rollout/recovery.ts'
import { timestamp } from '../rollout/time.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Records, recordsOfVerdict } from './record.ts'
import { rolloutPlans, rolloutRecoveries } from '../view/resources.ts'
import { rejected, succeeded } from './verdict.ts'
import type { Caches } from '../view/caches.ts'
import { type View, planKeyOf } from '../view/view.ts'

type Parts = {
  readonly client: Client
  readonly caches: Caches
  readonly view: View
  readonly clock: Clock
  readonly record: (records: Records) => void
  /** The same for a write that only turns out to have been made. */
  readonly recordFound: (records: Records) => void
  readonly writeStatus: (plan: RolloutPlan, decision: Decision, signal: AbortSignal) => Promise<void>
}

/** `statuses`: one of them may have been written, each of which was sent in vain as far as is known. */
type Untold = {
  readonly recovery: RolloutRecovery
  readonly statuses: readonly RecoveryStatus[]
  readonly records: Records
}

/** More tries of one verdict are not remembered. */
const MOST_STATUSES = 10

/** Whether a verdict is one that was sent: another leader's has other times, and that one has told of it. */
function isWritten({ statuses }: Untold, { status: found }: RolloutRecovery): boolean {
  return statuses.some(status => isDeepStrictEqual(found, JSON.parse(JSON.stringify(status))))
}

export type RecoveryJudge = {
  /** Takes the recoveries of a plan one write further; false when there is nothing to do. */
  readonly next: (planKey: string, plan: RolloutPlan, signal: AbortSignal) => Promise<boolean>
  /** Rejects the recoveries of a plan that does not exist. */
  readonly orphans: (planKey: string, signal: AbortSignal) => Promise<void>
  /** The plan is gone: tells of a verdict whose write turns out to have been made, although its answer was lost. */
  readonly leave: (planKey: string) => void
}

/**
 * Applies recoveries one by one in creation order, each exactly once.
 *
 * The plan's status write that applies a recovery also records its UID and result; only then is the recovery's own
 * status written, and only after that the next one is looked at. A crash between the two writes is met by finding
 * the record in the plan. Before a recovery is applied it is read from the API server itself, after the plan: if it
 * had been applied before, that read shows it judged, because its verdict was written before the plan was touched again.
 *
 * One that is postponed holds up those behind it, but for a stop: whatever keeps a stage from being given its members
 * must not keep anybody from ending the plan. A postponed report holds up nobody.
 */
export function recoveryJudge({ client, caches, view, clock, record, recordFound, writeStatus }: Parts): RecoveryJudge {
  const { plans, recoveries } = caches
  /** What a verdict leaves behind that may or may not have been written, by plan. */
  const untold = new Map<string, Untold>()
  /** The recovery applied last, by plan, until its verdict is written: it may be deleted before that. */
  const applied = new Map<string, RolloutRecovery>()

  async function read(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<RolloutRecovery | undefined> {
    try {
      const live = await client.get(rolloutRecoveries, ref, { signal })
      recoveries.observe(live)
      return live.metadata.uid === uid ? live : undefined
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async function write(recovery: RolloutRecovery, status: RecoveryStatus, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = recovery.metadata
    const records = recordsOfVerdict(recovery, status, timestamp(clock.now()))
    const planKey = planKeyOf(recovery)
    const last = untold.get(planKey)
    const before = last?.recovery.metadata.uid === uid ? last : undefined
    const statuses = [...(before?.statuses ?? []), status].slice(-MOST_STATUSES)
    untold.set(planKey, { recovery, statuses, records })
    try {
      const judged = await client.update(rolloutRecoveries, { ...recovery, status }, { signal, subresource: 'status' })
      recoveries.observe(judged)
      applied.delete(planKey)
      untold.delete(planKey)
      record(records)
    } catch (error) {
      if (isNotFound(error)) return tellDeleted(planKey, records)
      if (wasNotMade(error)) {
        if (before) untold.set(planKey, before)
        else untold.delete(planKey)
      }
      if (!isConflict(error)) throw error
      const live = await read({ name, namespace }, uid, signal)
      if (!live) return tellDeleted(planKey, records)
      if (live.status.phase === 'Pending') throw error
      if (before && isWritten(before, live)) recordFound(before.records)
      applied.delete(planKey)
      untold.delete(planKey)
    }
  }

  /** The recovery was deleted before its verdict could be written: what it did is told all the same. */
  function tellDeleted(planKey: string, records: Records): void {
    applied.delete(planKey)
    untold.delete(planKey)
    recordFound({ ...records, events: [] })
  }

  function tellWritten(planKey: string): void {
    const last = untold.get(planKey)
    if (!last) return
    const { name, namespace, uid } = last.recovery.metadata
    const known = view.recovery(namespace, name, uid)
    if (known?.status.phase === 'Pending') return
    applied.delete(planKey)
    untold.delete(planKey)
    if (!known) recordFound({ ...last.records, events: [] })
    else if (isWritten(last, known)) recordFound(last.records)
  }

  /** Writes the verdict of the recovery applied last, if it is missing. */
  async function settleLast(plan: RolloutPlan, signal: AbortSignal, certain: boolean): Promise<boolean> {
    const last = plan.status.lastRecovery
    if (!last) return false
    const { namespace } = plan.metadata
    const own = applied.get(keyOf(plan))
    const known = view.recovery(namespace, last.name, last.uid) ?? (own?.metadata.uid === last.uid ? own : undefined)
    const recovery = known ?? (certain ? await read({ name: last.name, namespace }, last.uid, signal) : undefined)
    if (recovery?.status.phase !== 'Pending') return false
    await write(recovery, succeeded(recovery, last, plan, clock.now()), signal)
    return true
  }

  /** The recovery whose turn it is. */
  function turn(planKey: string, plan: RolloutPlan): RolloutRecovery | undefined {
    const outcomeOf = (recovery: RolloutRecovery) => recover(view.observe(plan, undefined), recovery, clock.now()).kind
    const pending = view
      .pending(planKey)
      .filter(({ metadata }) => metadata.uid !== plan.status.lastRecovery?.uid)
      .filter(recovery => !waitsAlone(recovery.spec) || outcomeOf(recovery) !== 'postponed')
    const [first] = pending
    if (!first || outcomeOf(first) !== 'postponed') return first
    return pending.find(recovery => endsPlan(recovery.spec) && outcomeOf(recovery) === 'applied')
  }

  return {
    async next(planKey, plan, signal) {
      tellWritten(planKey)
      if (await settleLast(plan, signal, false)) return true
      const first = turn(planKey, plan)
      if (!first) return false
      if (await settleLast(plan, signal, true)) return true
      const { name, namespace, uid } = first.metadata
      const recovery = await read({ name, namespace }, uid, signal)
      if (recovery?.status.phase !== 'Pending') return turn(planKey, plan)?.metadata.uid !== uid

      const outcome = recover(view.observe(plan, undefined), recovery, clock.now())
      if (outcome.kind === 'postponed') return false
      if (outcome.kind === 'applied') {
        applied.set(planKey, recovery)
        await writeStatus(plan, outcome.decision, signal)
        return true
      }
      const live = await client.get(rolloutPlans, { name: plan.metadata.name, namespace }, { signal })
      if (live.metadata.resourceVersion !== plan.metadata.resourceVersion) {
        plans.observe(live)
        return true
      }
      await write(recovery, rejected(recovery, outcome, plan, clock.now()), signal)
      return true
    },
    async orphans(planKey, signal) {
      for (const { metadata, spec } of view.pending(planKey)) {
        const recovery = await read({ name: metadata.name, namespace: metadata.namespace }, metadata.uid, signal)
        if (recovery?.status.phase !== 'Pending') {
          tellWritten(planKey)
          continue
        }
        const message = `there is no plan ${spec.planName} in namespace ${metadata.namespace}; kubectl get rplan -n ${metadata.namespace} lists them`
        await write(recovery, rejected(recovery, { code: 'plan_not_found', message }, undefined, clock.now()), signal)
      }
    },
    leave: planKey => {
      tellWritten(planKey)
      applied.delete(planKey)
    },
  }
}
