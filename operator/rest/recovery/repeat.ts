import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
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
  const isLast = (candidate: RolloutPlan) => isLastStep(candidate, earlier)
  if (isLast(plan)) return true
  // The cache of plans may be behind that of recoveries.
  const { name, namespace } = plan.metadata
  const live = await found(client.get(rolloutPlans, { name, namespace }, { signal }), signal, `reading plan ${name}`)
  if (live === undefined) return false
  caches.plans.observe(live)
  if (isLast(live)) return true
  const { lastRecovery, history = [] } = live.status
  const by = history.findLast(({ recovery }) => recovery === lastRecovery?.name)?.operator
  if (by === caller.user) return false
  throw changedSince(strategy, live, by)
}

/** Whether a recovery was the plan's last. Reports that came after it have not changed its course. */
function isLastStep({ status }: RolloutPlan, { metadata }: RolloutRecovery): boolean {
  const { lastRecovery, history = [] } = status
  if (lastRecovery?.strategy !== 'gate-report') return lastRecovery?.uid === metadata.uid
  return history.findLast(({ strategy }) => strategy !== undefined)?.recovery === metadata.name
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
function changedSince(strategy: Strategy, { metadata, status }: RolloutPlan, by: string | undefined): Failure {
  const what = status.lastRecovery === undefined ? 'something else' : status.lastRecovery.strategy
  const when = status.lastRecovery === undefined ? '' : ` at ${status.lastRecovery.recoveredAt}`
  return new Failure({
    code: 409,
    reason: 'Conflict',
    error: 'changed_since',
    message: `this very ${strategy} took effect less than ${REPEAT_WINDOW / 60_000} minutes ago, and ${by ?? 'somebody else'} asked for ${what} of plan ${metadata.name}${when}, after it; if you want it again, say so with a new reason`,
    about: { kind: 'rollouts', name: metadata.name },
  })
}
