import type { Bitmap } from './bitmap.ts'
import type { MemberNode } from './member.ts'

/** Which members of a stage may have been told to activate, as its status says. */
export type Release = {
  /** Members below this mark, in frozen order, … */
  readonly released: number
  /** … but for these, which are to be written out of it first: passed over while they could not be told, or to be told again. */
  readonly withheld: Bitmap
}

export type Batch = {
  /** Members to activate now; all of them released by the plan as it was read. */
  readonly activate: readonly MemberNode[]
  /** The release to be written; what it adds is activated only after that. */
  readonly released: number
  readonly withheld: readonly number[]
}

/**
 * The next nodes to activate, and who may be after them.
 *
 * A member is in flight from the moment it is released until it has confirmed, failed or gone. Because the release is
 * committed before a node is touched, a leader that dies, or one that was frozen and wakes up, can have touched only
 * nodes that every successor already counts.
 *
 * @param size most nodes in flight at once
 */
export function nextBatch(members: readonly MemberNode[], { released, withheld }: Release, size: number): Batch {
  const mayBeTold = ({ index }: MemberNode) => index < released && !withheld.has(index)
  const told = members.filter(mayBeTold)
  const activating = members.filter(({ state }) => state.kind === 'activating').length
  const activate = told.filter(takesTurn).slice(0, Math.max(0, size - activating))

  let free = size - activating - told.filter(takesTurn).length
  let mark = released
  const held = new Set(members.filter(member => withheld.has(member.index) || (mayBeTold(member) && cannot(member))))
  for (const member of members) {
    if (free <= 0) break
    if (mayBeTold(member) || !takesTurn(member)) continue
    free -= 1
    held.delete(member)
    mark = Math.max(mark, member.index + 1)
  }
  for (const member of members.slice(released, mark)) if (cannot(member)) held.add(member)
  return { activate, released: mark, withheld: [...held].map(({ index }) => index) }
}

function takesTurn({ state }: MemberNode): boolean {
  return state.kind === 'pending' && state.heldBy === undefined
}

/** Its turn, and it cannot be told: not Ready, or another plan has it. */
function cannot({ state }: MemberNode): boolean {
  return state.kind === 'unreachable' || (state.kind === 'pending' && state.heldBy !== undefined)
}
