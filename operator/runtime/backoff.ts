export type BackoffOptions = {
  /** The first delay. */
  readonly baseMs: number
  /** No delay is longer. */
  readonly maxMs: number
  /** In [0, 1); default Math.random. */
  readonly random?: () => number
}

/**
 * The delay before another try after `failures` failures in a row (1 or more): doubling from `baseMs` up to `maxMs`,
 * of which half is random, so that keys and replicas that failed together do not come back together.
 */
export function backoffDelay(failures: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 52))
  return full / 2 + (full / 2) * (options.random ?? Math.random)()
}
