import type { AuditLine } from '../api/audit.ts'
import { timestamp } from '../rollout/time.ts'
import type { Failure } from './failure.ts'
import type { Caller } from './identity/caller.ts'
import { printable } from './path.ts'
import type { Target } from './target.ts'

/** What is known of a request by the time it is refused. */
export type Refused = {
  readonly method: string
  readonly path: string
  readonly auditId: string
  readonly peer: string | undefined
  readonly caller: Caller | undefined
  readonly target: Target | undefined
  readonly claimedOperator: string | undefined
}

/**
 * The line of a request that left no object behind, because it was refused before one was made: all other actions are
 * told by the controllers, whichever door they came through. Reads are told only when they were not allowed, and what
 * its caller did not wait for is told by its outcome.
 */
export function auditOf(refused: Refused, { parts }: Failure, now: number): AuditLine | undefined {
  const { method, path, auditId, peer, caller, target, claimedOperator } = refused
  const denied = parts.code === 401 || parts.code === 403
  const reads = method !== 'POST' && method !== 'DELETE'
  if ((reads && !denied) || parts.code === 499) return undefined
  return {
    event_name: denied ? 'rollout.access.denied' : 'rollout.request.refused',
    category: 'rollout',
    action: actionOf(method, target),
    outcome: denied ? 'denied' : 'failure',
    source: 'orchestrator',
    timestamp: timestamp(now),
    actor: caller?.user ?? 'unauthenticated',
    resource_type: 'rollout_plan',
    resource: printable(`${target?.namespace ?? ''}/${target?.name ?? ''}`),
    fields: {
      code: parts.error,
      status: String(parts.code),
      message: parts.message,
      request: printable(`${method} ${path}`),
      audit_id: auditId,
      ...(caller === undefined ? {} : { door: caller.door }),
      ...(peer === undefined ? {} : { peer }),
      ...(claimedOperator === undefined ? {} : { claimed_operator: claimedOperator }),
    },
  }
}

function actionOf(method: string, target: Target | undefined): string {
  if (target === undefined) return method.toLowerCase()
  if (target.verb === 'delete') return 'cancel'
  if (target.subresource === 'stages') return target.rest.at(-1) === 'approve' ? 'approve' : target.verb
  return target.verb === 'create' && target.subresource !== undefined ? target.subresource : target.verb
}
