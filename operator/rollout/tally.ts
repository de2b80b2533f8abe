import type { Counts } from '../api/rollout-plan-status.ts'
import type { MemberNode } from './member.ts'

/** Counts members by state; the numbers add up to `total`. */
export function tally(members: readonly MemberNode[]): Counts {
  const counts = { pending: 0, activating: 0, activated: 0, failed: 0, unreachable: 0, gone: 0 }
  for (const { state } of members) counts[state.kind] += 1
  return { total: members.length, ...counts }
}
