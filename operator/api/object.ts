import type { PlanSpec } from './rollout-plan.ts'
import type { PlanStatus } from './rollout-plan-status.ts'
import type { RecoverySpec, RecoveryStatus } from './rollout-recovery.ts'

/** What the domain reads of an object's metadata; a subset of metav1.ObjectMeta on the wire. */
export type Meta = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  /** Those of our own group. */
  readonly annotations?: { readonly [name: string]: string }
}

export type RolloutPlan = { readonly metadata: Meta; readonly spec: PlanSpec; readonly status: PlanStatus }
export type RolloutRecovery = { readonly metadata: Meta; readonly spec: RecoverySpec; readonly status: RecoveryStatus }

/** The value of the activation label on nodes that this plan activates. */
export function releaseOf(plan: RolloutPlan): string {
  return plan.spec.release ?? plan.metadata.name
}

/** `namespace/name`, as annotations and messages name a plan. */
export function nameOf(plan: RolloutPlan): string {
  return `${plan.metadata.namespace}/${plan.metadata.name}`
}
