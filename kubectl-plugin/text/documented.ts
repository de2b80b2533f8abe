import type { ApproveBody, RecoverBody } from '../../operator/rest/schema/bodies.ts'

/** Answers with the keys that the product's runbooks document, in their order; what else the server says is in -o json. */

const RECOVER = [
  'plan_id',
  'strategy',
  'previous_phase',
  'new_phase',
  'skipped_stage_id',
  'skipped_gate',
  'next_stage_id',
  'reason',
  'recovered_at',
  'dry_run',
] as const

const APPROVE = ['approved', 'promoted', 'message', 'dry_run'] as const

export function documentedRecovery(body: RecoverBody): string {
  return written(body, RECOVER)
}

export function documentedApproval(body: ApproveBody): string {
  return written(body, APPROVE)
}

function written<T extends object>(body: T, keys: readonly (keyof T & string)[]): string {
  const known = keys.flatMap(key => (body[key] === undefined ? [] : [[key, body[key]] as const]))
  return `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`
}
