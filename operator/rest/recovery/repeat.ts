import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
import type { HistoryEntry } from '../../api/rollout-plan-status.ts'
import type { Strategy } from '../../api/rollout-recovery.ts'
import type { Client } from '../../kube/client.ts'
import { instant } from '../../rollout/time.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Caches } from '../../view/caches.ts'
import { rolloutPlans } from '../../view/resources.ts'
import type { Exchange } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { found } from '../upstream.ts'
import { type RecoveryRequest, idempotencyKeyOf, requestDigest } from './request.ts'

/** Within this time an identical request is taken for a repeat of one whose answer was lost, not for a second wish. */
export const REPEAT_WINDOW = 120_000

/** Whether an object was made for this very request, or, where the caller names requests by keys, under this key. */
export function isOurs(request: RecoveryRequest, { metadata }: RolloutRecovery, exchange: Exchange): boolean {
  const { annotations = {} } = metadata
  const key = idempotencyKeyOf(exchange)
  if (annotations[PROVENANCE.idempotencyKey] !== key) return false
  return key !== undefined || annotations[PROVENANCE.request] === requestDigest(request, exchange)
}

/**
 * Whether a request is a repeat of the one that an earlier object was made for.
 *
 * @throws Failure 422 for a key that stands for another request, 409 changed_since
 */
export async function repeats(
  { plan, strategy, ...asked }: RecoveryRequest,
  earlier: RolloutRecovery,
  exchange: Exchange,
  { client, caches, clock }: { readonly client: Client; readonly caches: Caches; readonly clock: Clock },
): Promise<boolean> {
  const { signal, caller } = exchange
  if (idempotencyKeyOf(exchange) !== undefined) {
    const same = earlier.metadata.annotations?.[PROVENANCE.request]
    if (same === requestDigest({ plan, strategy, ...asked }, exchange)) return true
    throw keyReused(plan, earlier)
  }
  if (earlier.status.phase === 'Pending') return true
  if (earlier.status.phase === 'Rejected') return false
  // One question is reported on once, however late the report is sent again.
  if (strategy === 'gate-report') return true
  // It may have been judged long after it was made: there was no leader, and its caller was told to ask again.
  const effectiveAt = instant(earlier.status.recoveredAt ?? earlier.metadata.creationTimestamp)
  if (clock.now() - effectiveAt > REPEAT_WINDOW) return false
  if (strategy === 'skip_failed' || strategy === 'approve') return true
  const isLast = (candidate: RolloutPlan) => {
    const step = lastStepOf(candidate)
    return step?.uid === undefined ? step?.name === earlier.metadata.name : step.uid === earlier.metadata.uid
  }
  if (isLast(plan)) return true
  // The cache of plans may be behind that of recoveries.
  const { name, namespace } = plan.metadata
  const live = await found(client.get(rolloutPlans, { name, namespace }, { signal }), signal, `reading plan ${name}`)
  if (live === undefined) return false
  caches.plans.observe(live)
  if (isLast(live)) return true
  const step = lastStepOf(live)
  if (step?.by === caller.user) return false
  throw changedSince(strategy, live, step)
}

type LastStep = {
  readonly name: string
  /** Unknown where only the history has it. */
  readonly uid?: string
  readonly strategy: string
  readonly at: string
  readonly by?: string
}

/** The recovery that changed the plan's course last; reports that came after it have not. */
function lastStepOf({ status }: RolloutPlan): LastStep | undefined {
  const { lastRecovery, history = [] } = status
  const isStep = ({ recovery, strategy }: HistoryEntry) =>
    lastRecovery?.strategy === 'gate-report' ? strategy !== undefined : recovery === lastRecovery?.name
  const entry = history.findLast(isStep)
  const by = entry?.operator === undefined ? {} : { by: entry.operator }
  if (lastRecovery !== undefined && lastRecovery.strategy !== 'gate-report')
    return {
      name: lastRecovery.name,
      uid: lastRecovery.uid,
      strategy: lastRecovery.strategy,
      at: lastRecovery.recoveredAt,
      ...by,
    }
  if (entry?.recovery === undefined) return undefined
  return { name: entry.recovery, strategy: entry.strategy ?? '', at: entry.at, ...by }
}

function keyReused(plan: RolloutPlan, { metadata, spec }: RolloutRecovery): Failure {
  return new Failure({
    code: 422,
    reason: 'Invalid',
    error: 'idempotency_key_reused',
    message: `this Idempotency-Key was used for another request on plan ${plan.metadata.name} (${metadata.name}: ${spec.strategy}); use a new key for a new request`,
    causes: [{ field: 'Idempotency-Key', message: 'was used for another request' }],
  })
}

/** A repeat that came late must not undo what a colleague did in between, and a second wish can say so. */
function changedSince(strategy: Strategy, { metadata }: RolloutPlan, step: LastStep | undefined): Failure {
  const what = step?.strategy ?? 'something else'
  const when = step === undefined ? '' : ` at ${step.at}`
  return new Failure({
    code: 409,
    reason: 'Conflict',
    error: 'changed_since',
    message: `this very ${strategy} took effect less than ${REPEAT_WINDOW / 60_000} minutes ago, and ${step?.by ?? 'somebody else'} asked for ${what} of plan ${metadata.name}${when}, after it; if you want it again, say so with a new reason`,
    about: { kind: 'rollouts', name: metadata.name },
  })
}
