import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
import type { Client } from '../../kube/client.ts'
import { isApiError, isTransportError } from '../../kube/errors.ts'
import { keyOf } from '../../kube/object.ts'
import { instant } from '../../rollout/time.ts'
import { backoffDelay } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Caches } from '../../view/caches.ts'
import { rolloutPlans, rolloutRecoveries } from '../../view/resources.ts'
import type { Exchange } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { upstream } from '../upstream.ts'
import { type RecoveryRequest, idempotencyKeyOf, recoveryDraft, requestDigest } from './request.ts'

/** Within this time an identical request is taken for a repeat of one whose answer was lost, not for a second wish. */
export const REPEAT_WINDOW = 120_000

/** Identical requests of one caller on one plan that are told apart; more is no person. */
const LONGEST_CHAIN = 1_000

export type Submission = { readonly recovery: RolloutRecovery; readonly replayed: boolean }

type Parts = { readonly caches: Caches; readonly client: Client; readonly clock: Clock }

/**
 * Creates the RolloutRecovery of a request, or finds the one that an earlier identical request made.
 *
 * Identical requests take effect once, although the answer of the first was lost, this replica knows nothing of it, or
 * two replicas are asked at the same moment: both try the same name, and the API server lets one in. Which requests are
 * repeats is argued in docs/decisions/0010-repeated-requests.md.
 *
 * @throws Failure
 */
export async function submit(request: RecoveryRequest, exchange: Exchange, parts: Parts): Promise<Submission> {
  let after = ''
  for (let links = 0; links < LONGEST_CHAIN; links += 1) {
    const draft = recoveryDraft(request, exchange, after)
    const known = parts.caches.recoveries.get(keyOf({ metadata: { name: '', ...draft.metadata } }))
    const found = known ?? (await create(draft, exchange, parts))
    if (!known && 'created' in found) return { recovery: found.created, replayed: false }
    const earlier = 'created' in found ? found.created : found
    if (await repeats(request, earlier, exchange, parts)) return { recovery: earlier, replayed: true }
    after = earlier.metadata.uid
  }
  throw new Failure({
    code: 429,
    reason: 'TooManyRequests',
    error: 'too_many_repeats',
    message: `the same request was made ${LONGEST_CHAIN} times; say a new reason, which is the record of why`,
  })
}

/** The object as created, or the one that has its name. An unclear outcome is cleared up by trying again. */
async function create(
  draft: ReturnType<typeof recoveryDraft>,
  exchange: Exchange,
  { client, caches, clock }: Parts,
): Promise<{ readonly created: RolloutRecovery } | RolloutRecovery> {
  const { signal } = exchange
  const ref = {
    name: draft.metadata.name ?? '',
    ...(draft.metadata.namespace && { namespace: draft.metadata.namespace }),
  }
  for (let failures = 0; ; failures += 1) {
    try {
      const created = await client.create(rolloutRecoveries, draft, { signal })
      caches.recoveries.observe(created)
      return { created }
    } catch (error) {
      signal.throwIfAborted()
      if (isApiError(error) && error.reason === 'AlreadyExists') {
        const live = await client.get(rolloutRecoveries, ref, { signal })
        caches.recoveries.observe(live)
        const own = live.metadata.annotations?.[PROVENANCE.auditId] === exchange.auditId && failures > 0
        return own ? { created: live } : live
      }
      if (!mayPass(error) || failures >= 5) throw upstream(error, 'creating the RolloutRecovery')
      await clock.sleep(backoffDelay(failures + 1, { baseMs: 100, maxMs: 2_000 }), signal)
    }
  }
}

async function repeats(
  { plan, strategy, ...asked }: RecoveryRequest,
  earlier: RolloutRecovery,
  exchange: Exchange,
  { client, caches, clock }: Parts,
): Promise<boolean> {
  if (idempotencyKeyOf(exchange) !== undefined) {
    const same = earlier.metadata.annotations?.[PROVENANCE.request]
    if (same === requestDigest({ plan, strategy, ...asked }, exchange)) return true
    throw new Failure({
      code: 422,
      reason: 'Invalid',
      error: 'idempotency_key_reused',
      message: `this Idempotency-Key was used for another request on plan ${plan.metadata.name} (${earlier.metadata.name}: ${earlier.spec.strategy}); use a new key for a new request`,
      causes: [{ field: 'Idempotency-Key', message: 'was used for another request' }],
    })
  }
  if (earlier.status.phase === 'Pending') return true
  if (earlier.status.phase === 'Rejected') return false
  if (clock.now() - instant(earlier.metadata.creationTimestamp) > REPEAT_WINDOW) return false
  if (strategy === 'skip_failed' || strategy === 'approve') return true
  const last = (candidate: RolloutPlan) => candidate.status.lastRecovery?.uid === earlier.metadata.uid
  if (last(plan)) return true
  // The cache of plans may be behind that of recoveries.
  const { name, namespace } = plan.metadata
  const live = await client.get(rolloutPlans, { name, namespace }, { signal: exchange.signal })
  caches.plans.observe(live)
  return last(live)
}

/** A refusal of the object is for good; everything else may pass, and the same name makes another try harmless. */
function mayPass(error: unknown): boolean {
  if (isTransportError(error)) return error.code !== 'credentials' && error.code !== 'closed'
  return isApiError(error) && (error.code === 429 || error.code >= 500)
}
