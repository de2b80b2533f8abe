import type { Clock } from '../runtime/clock.ts'

/**
 * How soon a plan is looked at again when something it is decided from changes. Nodes and pods change in swarms: while
 * a batch confirms, each change would otherwise be a decision of its own.
 */
export type Pace = {
  /** Makes a decision about a plan, and remembers when that was and how long it kept the processor. */
  decide<T>(planKey: string, decision: () => T): T
  /** How long a change has to wait for others, in milliseconds: 0 for the first after a while. */
  wait(planKey: string): number
  forget(planKey: string): void
}

/** What comes within this time of a decision is taken together, however quick decisions are. */
const SHORTEST = 10
/** Nobody waits longer for others, however large the plan. */
const LONGEST = 500
/** A plan rests this many times as long as its decision took: swarms take at most a quarter of the processor. */
const REST = 3

export function createPace(clock: Pick<Clock, 'monotonic'>): Pace {
  const rested = new Map<string, number>()
  return {
    decide: (planKey, decision) => {
      const begun = clock.monotonic()
      const decided = decision()
      const now = clock.monotonic()
      rested.set(planKey, now + Math.min(Math.max((now - begun) * REST, SHORTEST), LONGEST))
      return decided
    },
    wait: planKey => Math.max(0, (rested.get(planKey) ?? 0) - clock.monotonic()),
    forget: planKey => void rested.delete(planKey),
  }
}
