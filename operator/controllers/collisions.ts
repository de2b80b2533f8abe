import { backoffDelay } from '../runtime/backoff.ts'
import type { Round } from './node-patches.ts'

/**
 * How soon plans are looked at again whose nodes had changed when they were to be patched.
 *
 * Soon at first: such a node was read anew, and is usually patched then. Ever later while nothing is patched and nodes
 * collide again and again: something refuses every patch that way, and would be asked several times a second.
 */
export type Collisions = {
  /** Milliseconds; undefined when no node of the round had changed. */
  pauseAfter(planKey: string, round: Pick<Round, 'made' | 'stale'>): number | undefined
  forget(planKey: string): void
}

/** @param bounds  the first pause, and the longest, of which half is random */
export function createCollisions(bounds: {
  readonly baseMs: number
  readonly maxMs: number
  readonly random?: () => number
}): Collisions {
  const inARow = new Map<string, number>()
  return {
    pauseAfter: (planKey, { made, stale }) => {
      if (made > 0 || !stale) inARow.delete(planKey)
      if (!stale) return undefined
      const count = (inARow.get(planKey) ?? 0) + 1
      inARow.set(planKey, count)
      return backoffDelay(count, bounds)
    },
    forget: planKey => void inARow.delete(planKey),
  }
}
