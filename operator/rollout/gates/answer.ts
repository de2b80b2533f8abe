import type { Evidence } from '../../api/gate-state.ts'
import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import type { MemberNode } from '../member.ts'
import type { Readings } from './reading.ts'

/** What a gate may look at. Its evidence must be newer than `stage.openedAt`. */
export type GateContext = {
  readonly stage: StageStatus
  readonly members: readonly MemberNode[]
  readonly now: number
  /** What was seen outside since the status was written; absent: nothing. */
  readonly readings?: Readings | undefined
}

/**
 * A gate's answer. `unknown` never passes and never counts as failure.
 *
 * `due` is when the answer will be `passed` if nothing changes: a wait that ends by itself.
 * The detail holds no running clock, so that a waiting plan's status stays as it is.
 */
export type GateAnswer = {
  readonly state: GateState['state']
  readonly detail: string
  readonly due?: number
  /** What is to be kept of what was seen outside. */
  readonly evidence?: Evidence
  /** When it wants to look outside next; epoch milliseconds. Absent: not at all. */
  readonly lookAt?: number
}
