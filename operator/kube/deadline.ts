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
  const controller = new AbortController()
  const due = clock.monotonic() + ms
  let expired = false
  const onAbort = () => controller.abort(caller.reason)
  if (caller.aborted) onAbort()
  else caller.addEventListener('abort', onAbort, { once: true })
  const cancel = clock.timer(ms, () => {
    expired = !controller.signal.aborted
    controller.abort(new Error(`not done after ${ms} ms`))
  })
  return {
    signal: controller.signal,
    expired: () => expired,
    leftMs: () => Math.max(0, due - clock.monotonic()),
    lift: cancel,
    [Symbol.dispose]: () => {
      cancel()
      caller.removeEventListener('abort', onAbort)
    },
  }
}

/** Settles with `promise`, or rejects with the signal's reason, whichever comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
