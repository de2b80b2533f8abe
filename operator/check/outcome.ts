import type { Clock } from '../runtime/clock.ts'

export type Outcome =
  | { readonly kind: 'passed'; readonly says: string }
  /** `final`: asking again cannot help, or must not be. */
  | { readonly kind: 'failed'; readonly says: string; readonly final: boolean }

export type Check = {
  readonly name: string
  /** One try, of `withinMs` at most. Rejects only when `signal` aborts. */
  try(signal: AbortSignal, withinMs: number): Promise<Outcome>
}

const PAUSE_MS = 1_000
const [SHORTEST_TRY_MS, LONGEST_TRY_MS] = [1_000, 10_000]

/**
 * Tries a check until it passes, fails for good, or time is up; the last failure counts then. Just after an installation,
 * the API server needs some seconds to take notice of a CRD, an APIService or a binding.
 *
 * Rejects with the signal's reason when the caller gives up.
 */
export async function settle(check: Check, clock: Clock, deadlineMs: number, signal: AbortSignal): Promise<Outcome> {
  const due = clock.monotonic() + deadlineMs
  for (;;) {
    const within = Math.min(Math.max(due - clock.monotonic(), SHORTEST_TRY_MS), LONGEST_TRY_MS)
    const outcome = await check.try(signal, within)
    const left = due - clock.monotonic()
    if (outcome.kind === 'passed' || outcome.final || left <= 0) return outcome
    await clock.sleep(Math.min(PAUSE_MS, left), signal)
  }
}
