import { PROVENANCE } from '../../api/names.ts'
import type { RolloutRecovery } from '../../api/object.ts'
import type { Client } from '../../kube/client.ts'
import { isAlreadyExists, isApiError, isTransportError } from '../../kube/errors.ts'
import { keyOf } from '../../kube/object.ts'
import { backoffDelay } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Caches } from '../../view/caches.ts'
import { rolloutRecoveries } from '../../view/resources.ts'
import type { View } from '../../view/view.ts'
import type { Exchange } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { found, upstream } from '../upstream.ts'
import { isOurs, repeats } from './repeat.ts'
import { type RecoveryRequest, recoveryDraft } from './request.ts'

/** Names that are tried from the newest known link of a chain on; more is no accident. */
const MOST_NAMES = 100

export type Submission = { readonly recovery: RolloutRecovery; readonly replayed: boolean }

type Parts = {
  readonly caches: Caches
  readonly view: Pick<View, 'recoveriesOf'>
  readonly client: Client
  readonly clock: Clock
}

/**
 * Creates the RolloutRecovery of a request, or finds the one that an earlier identical request made.
 *
 * Identical requests take effect once, although the answer of the first was lost, this replica knows nothing of it, or
 * two replicas are asked at the same moment: both try the same name, and the API server lets one in. Which requests are
 * repeats is argued in docs/decisions/0010-repeated-requests.md. An object that has the name and was not made for this
 * request is stepped over, whoever made it: only the operator can write the annotation that says what was asked.
 *
 * @throws Failure
 */
export async function submit(request: RecoveryRequest, exchange: Exchange, parts: Parts): Promise<Submission> {
  let earlier = newestKnown(request, exchange, parts)
  for (let names = 0; names < MOST_NAMES; names += 1) {
    if (earlier !== undefined && isOurs(request, earlier, exchange))
      if (await repeats(request, earlier, exchange, parts)) return { recovery: earlier, replayed: true }
    const draft = recoveryDraft(request, exchange, earlier?.metadata.uid ?? '')
    const known = parts.caches.recoveries.get(keyOf({ metadata: { name: '', ...draft.metadata } }))
    const there = known ?? (await create(draft, exchange, parts))
    if ('created' in there) return { recovery: there.created, replayed: false }
    earlier = there
  }
  throw new Failure({
    code: 429,
    reason: 'TooManyRequests',
    error: 'too_many_repeats',
    message: `${MOST_NAMES} names for this request are taken; say a new reason, which is the record of why`,
  })
}

/** The last link of the request's chain that this replica knows: no earlier one says anything that this one does not. */
function newestKnown(request: RecoveryRequest, exchange: Exchange, { view }: Parts): RolloutRecovery | undefined {
  return view.recoveriesOf(keyOf(request.plan)).findLast(recovery => isOurs(request, recovery, exchange))
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
      if (isAlreadyExists(error)) {
        const live = await found(client.get(rolloutRecoveries, ref, { signal }), signal, 'reading the RolloutRecovery')
        if (live !== undefined) {
          caches.recoveries.observe(live)
          const own = live.metadata.annotations?.[PROVENANCE.auditId] === exchange.auditId && failures > 0
          return own ? { created: live } : live
        }
        // Deleted in between: the name is free again.
      } else if (!mayPass(error)) throw upstream(error, 'creating the RolloutRecovery')
      if (failures >= 5) throw upstream(error, 'creating the RolloutRecovery')
      await clock.sleep(backoffDelay(failures + 1, { baseMs: 100, maxMs: 2_000 }), signal)
    }
  }
}

/** A refusal of the object is for good; everything else may pass, and the same name makes another try harmless. */
function mayPass(error: unknown): boolean {
  if (isTransportError(error)) return error.code !== 'credentials' && error.code !== 'closed'
  return isApiError(error) && (error.code === 429 || error.code >= 500)
}
