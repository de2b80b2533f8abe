import { expect } from 'chai'
import type { Rollout, Yard } from './yard.ts'

const STAGES = ['canary', 'pilot', 'rest'] as const

export const completed = ({ phase }: { readonly phase: string }): boolean => phase === 'completed'

/**
 * Nothing skipped, nothing twice: every node was told the release once, stage after stage, runs it, and says so by a
 * Ready pod.
 *
 * @param again nodes that were told once more, because a retry asked for it
 */
export function expectOnce(yard: Yard, { plan, release }: Rollout, again: readonly string[] = []): string {
  const moves = yard.moves(plan)
  const told = moves.map(({ node }) => node)
  expect([...told].sort(), 'nodes that were told').to.deep.equal([...yard.nodes, ...again].sort())
  expect(moves.every(({ to }) => to === release)).to.equal(true)
  const stages = moves.map(({ stage }) => STAGES.indexOf(stage as (typeof STAGES)[number]))
  expect(stages, 'stages in the order of the writes').to.deep.equal([...stages].sort((a, b) => a - b))
  expect([...yard.witness.podsOf(release).keys()].sort(), 'nodes with a Ready pod').to.deep.equal(
    [...yard.nodes].sort(),
  )
  return `${told.length} writes to ${yard.nodes.length} nodes`
}
