/**
 * One line of the audit trail: JSON on standard output, with the fields that the product's documentation names.
 *
 * `actor` is always the verified identity (`system:serviceaccount:…` for what the operator does by itself); a name that
 * a caller merely claims stands in `fields.claimed_operator`.
 */
export type AuditLine = {
  readonly event_name: string
  readonly category: 'rollout'
  readonly action: string
  /** success: it took effect; failure: it was understood and refused by the plan's state; denied: not allowed. */
  readonly outcome: 'success' | 'failure' | 'denied'
  readonly source: 'orchestrator'
  /** RFC 3339, UTC. */
  readonly timestamp: string
  readonly actor: string
  readonly resource_type: 'rollout_plan'
  /** `namespace/plan`, or `namespace/` for what is about no one plan. */
  readonly resource: string
  readonly fields: { readonly [name: string]: string }
}
