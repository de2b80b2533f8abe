import { linkAbort } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'

/** A signal that aborts with the caller's, or when the time is up. Dispose of it once the work is done. */
export type Deadline = Disposable & {
  readonly signal: AbortSignal
  /** True when time, not the caller, ended it. */
  expired(): boolean
  leftMs(): number
  /** From here on only the caller's signal counts. */
  lift(): void
}

export function startDeadline(clock: Clock, caller: AbortSignal, ms: number): Deadline {
  const linked = linkAbort(caller)
  const due = clock.monotonic() + ms
  let expired = false
  const cancel = clock.timer(ms, () => {
    expired = !linked.signal.aborted
    linked.abort(new Error(`not done after ${ms} ms`))
  })
  return {
    signal: linked.signal,
    expired: () => expired,
    leftMs: () => Math.max(0, due - clock.monotonic()),
    lift: cancel,
    [Symbol.dispose]: () => {
      cancel()
      linked[Symbol.dispose]()
    },
  }
}
