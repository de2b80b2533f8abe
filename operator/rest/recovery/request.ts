import { createHash } from 'node:crypto'
import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
import type { RecoverySpec, Strategy } from '../../api/rollout-recovery.ts'
import type { Draft } from '../../kube/object.ts'
import type { Exchange } from '../exchange.ts'

/** What a caller asks of a plan, through whichever path of the surface. */
export type RecoveryRequest = {
  readonly plan: RolloutPlan
  readonly strategy: Strategy
  readonly reason: string
  readonly stageId?: string
  readonly gate?: string
  readonly report?: RecoverySpec['report']
}

/** The caller's own name for this request; a repeat under it gets the first answer, for as long as the record exists. */
export function idempotencyKeyOf({ header, caller }: Exchange): string | undefined {
  const key = header('idempotency-key')
  return key === undefined ? undefined : digest(['key', caller.user, key])
}

/** Identifies what is asked, by whom: two requests with the same are repeats of each other, if they come close enough. */
export function requestDigest(
  { plan, strategy, stageId, gate, report, reason }: RecoveryRequest,
  { caller, header }: Exchange,
): string {
  const asked = [plan.metadata.uid, strategy, stageId, reason, caller.user, header('x-autonomy-operator')]
  if (report !== undefined) return digest([...asked, gate, report.evaluation, report.state])
  return digest(gate === undefined ? asked : [...asked, gate])
}

/**
 * The object that carries the request. Its name follows from the request, so that creating it again is harmless.
 *
 * @param after UID of an earlier recovery that asked the same and does not answer this request; empty when there is none;
 *   `dry-run` for a name that no recovery has
 */
export function recoveryDraft(request: RecoveryRequest, exchange: Exchange, after: string): Draft<RolloutRecovery> {
  const { plan, strategy, reason, stageId, gate, report } = request
  const { caller, header, auditId } = exchange
  const { name, namespace, uid } = plan.metadata
  const key = idempotencyKeyOf(exchange)
  const asked = requestDigest(request, exchange)
  const suffix = digest([...(key === undefined ? [asked] : [uid, key]), after]).slice(0, 10)
  const claimed = header('x-autonomy-operator')
  return {
    metadata: {
      // A key stands for one request, so that another one under it meets the first.
      name: `${name}-${key === undefined ? strategy.replaceAll('_', '-') : 'keyed'}-${suffix}`,
      namespace,
      annotations: {
        [PROVENANCE.door]: caller.door,
        [PROVENANCE.auditId]: auditId,
        [PROVENANCE.request]: asked,
        ...(caller.uid === undefined ? {} : { [PROVENANCE.userUid]: caller.uid }),
        ...(claimed === undefined ? {} : { [PROVENANCE.claimedOperator]: claimed }),
        ...(key === undefined ? {} : { [PROVENANCE.idempotencyKey]: key }),
      },
    },
    spec: {
      planName: name,
      planUid: uid,
      strategy,
      reason,
      operator: caller.user,
      ...(stageId === undefined ? {} : { stageId }),
      ...(gate === undefined ? {} : { gate }),
      ...(report === undefined ? {} : { report }),
    },
  }
}

/** Part of a name; who meets the same by chance, or on purpose, is told apart by the whole of it in the annotations. */
function digest(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(parts.map(part => part ?? null)))
    .digest('hex')
    .slice(0, 40)
}
