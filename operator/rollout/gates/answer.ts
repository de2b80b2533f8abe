import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import type { MemberNode } from '../member.ts'

/** What a gate may look at. Its evidence must be newer than `stage.openedAt`. */
export type GateContext = {
  readonly stage: StageStatus
  readonly members: readonly MemberNode[]
  readonly now: number
}

/**
 * A gate's answer. `unknown` never passes and never counts as failure.
 *
 * `due` is when the answer will be `passed` if nothing changes: a wait that ends by itself.
 * The detail holds no running clock, so that a waiting plan's status stays as it is.
 */
export type GateAnswer = { readonly state: GateState['state']; readonly detail: string; readonly due?: number }
