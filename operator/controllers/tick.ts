/**
 * The BatchPromoter's correctness fallback: a plan that has not ended, or has still a node to be patched, is looked at
 * this often at the least, whatever happens; milliseconds.
 */
export const TICK = 10_000

/** Plans whose turn comes within this time are looked at together. */
const TOGETHER = 1_000
/** Timers fire so much too early at most; a look that does is one of the second that is about to begin. */
const EARLY = 2

/**
 * How long it is until the next tick of a plan that is looked at now: at a whole second, 9 to 10 seconds on. When many
 * plans are looked at one after the other, code and objects are still in the processor's caches; a look for itself, after
 * a pause, takes two to three times as long.
 *
 * @param now monotonic milliseconds
 */
export function untilTick(now: number): number {
  return TICK + EARLY - ((now + EARLY) % TOGETHER)
}
