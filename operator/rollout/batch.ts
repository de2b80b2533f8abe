import type { MemberNode } from './member.ts'

export type Batch = {
  /** Members to activate now; all of them below the released mark of the plan as it was read. */
  readonly activate: readonly MemberNode[]
  /** The new released mark; when it is higher than the old one, it is written before anybody above the old one is activated. */
  readonly released: number
}

/**
 * The next nodes to activate, and how far the stage may go.
 *
 * A member is in flight from the moment the released mark passes it until it has confirmed, failed or gone.
 * Because the mark is committed before a node is touched, a leader that dies, or one that was frozen and wakes up,
 * can have touched only nodes that every successor already counts.
 *
 * @param size most nodes in flight at once
 */
export function nextBatch(members: readonly MemberNode[], released: number, size: number): Batch {
  const activating = members.filter(member => member.state.kind === 'activating').length
  const waiting = members.filter(member => member.index < released && takesTurn(member))
  const activate = waiting.slice(0, Math.max(0, size - activating))
  let inFlight = activating + waiting.length
  let mark = released
  for (const member of members.slice(released)) {
    if (takesTurn(member)) {
      if (inFlight >= size) break
      inFlight += 1
      mark = member.index + 1
    }
  }
  return { activate, released: mark }
}

function takesTurn({ state }: MemberNode): boolean {
  return state.kind === 'pending' && state.heldBy === undefined
}
