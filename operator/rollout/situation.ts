import type { Counts, FailingNode } from '../api/rollout-plan-status.ts'
import type { GateResult } from './gates/gate.ts'

/**
 * Where a plan stands and why it does not go on, as one of a closed set of cases.
 * Conditions, the stuck report and events are all written from it.
 */
export type Situation =
  | { readonly kind: 'waiting-for-plan'; readonly plan: string }
  | { readonly kind: 'no-nodes'; readonly stage: string; readonly gone?: number }
  | {
      readonly kind: 'blocked'
      readonly stage: string
      readonly counts: Counts
      readonly tolerated: number
      readonly worst: FailingNode | undefined
    }
  | {
      readonly kind: 'rolling'
      readonly stage: string
      readonly counts: Counts
      /** The first node in flight, and what it is waited for. */
      readonly first: { readonly name: string; readonly detail: string } | undefined
    }
  | { readonly kind: 'held'; readonly stage: string; readonly by: string }
  | {
      readonly kind: 'unreachable'
      readonly stage: string
      readonly counts: Counts
      readonly tolerated: number
      readonly names: readonly string[]
    }
  | { readonly kind: 'unmoved'; readonly stage: string; readonly counts: Counts }
  | { readonly kind: 'gated'; readonly stage: string; readonly by: readonly GateResult[] }
  | { readonly kind: 'stepping'; readonly message: string }
  | { readonly kind: 'paused'; readonly stage: string | undefined }
  | { readonly kind: 'halted'; readonly stage: string }
  | {
      readonly kind: 'completed'
      readonly activated: number
      readonly total: number
      readonly later: number
      readonly unassigned: number
    }
  | { readonly kind: 'rolled-back'; readonly inFlight: number; readonly activated: number }
  | { readonly kind: 'cancelled'; readonly inFlight: number; readonly activated: number }
  | { readonly kind: 'members-unknown'; readonly stage: string }
  | { readonly kind: 'pods-unknown'; readonly namespace: string }

/** When the wait that the plan is in ends by itself, if it does; epoch milliseconds. */
export function endsBy(situation: Situation): number | undefined {
  if (situation.kind !== 'gated' || situation.by.length === 0) return undefined
  const dues = situation.by.map(gate => gate.due)
  return dues.every(due => due !== undefined) ? Math.max(...dues) : undefined
}
