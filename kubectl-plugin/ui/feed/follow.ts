import { type BackoffOptions, backoffDelay } from '../../../operator/runtime/backoff.ts'
import type { Clock } from '../../../operator/runtime/clock.ts'
import { linkAbort } from '../../../operator/runtime/abort.ts'
import type { Nudge } from './nudge.ts'

export type FollowOptions<T> = {
  readonly read: (signal: AbortSignal) => Promise<T>
  readonly onAnswer: (answer: T) => void
  readonly onFailure: (failure: Failure) => void
  /** From one answer to the next question. */
  readonly everyMs: number
  /** A read that takes longer is given up, and counts as a failure. */
  readonly patienceMs: number
  readonly backoff: BackoffOptions
  /** Asks at once, whatever is being waited for. */
  readonly nudge: Nudge
  readonly clock: Clock
  readonly signal: AbortSignal
}

export type Failure = {
  readonly error: unknown
  /** In a row. */
  readonly failures: number
  /** Epoch milliseconds. */
  readonly retryAt: number
}

/** Reads again and again, one read at a time, until the signal aborts; resolves then. Never rejects. */
export async function follow<T>(options: FollowOptions<T>): Promise<void> {
  const { everyMs, backoff, nudge, clock, signal } = options
  let failures = 0
  while (!signal.aborted) {
    const result = await readOnce(options)
    if (signal.aborted) return
    if (result.kind === 'answer') {
      failures = 0
      options.onAnswer(result.answer)
      await nudge.wait(everyMs, clock, signal)
    } else {
      failures += 1
      const delay = backoffDelay(failures, backoff)
      options.onFailure({ error: result.error, failures, retryAt: clock.now() + delay })
      await nudge.wait(delay, clock, signal)
    }
  }
}

type Result<T> = { readonly kind: 'answer'; readonly answer: T } | { readonly kind: 'failure'; readonly error: unknown }

async function readOnce<T>({ read, patienceMs, clock, signal }: FollowOptions<T>): Promise<Result<T>> {
  using attempt = linkAbort(signal)
  const cancel = clock.timer(patienceMs, () =>
    attempt.abort(new Error(`no answer within ${Math.round(patienceMs / 1000)} s`)),
  )
  try {
    return { kind: 'answer', answer: await read(attempt.signal) }
  } catch (error) {
    return { kind: 'failure', error }
  } finally {
    cancel()
  }
}
