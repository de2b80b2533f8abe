import type { MemberNode } from './member.ts'

/**
 * The nodes of a stopped stage that get back what they had: activated by this plan and never confirmed.
 *
 * Who has confirmed was settled by the write that stopped the plan, so the answer does not change afterwards,
 * whatever becomes of a node; and a label that a former leader still wrote is taken back too.
 */
export function toWithdraw(members: readonly MemberNode[], confirmed: (index: number) => boolean): MemberNode[] {
  return members.filter(member => member.ours && !confirmed(member.index))
}
