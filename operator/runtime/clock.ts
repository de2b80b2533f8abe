import { setImmediate as nextTurn } from 'node:timers/promises'
import { abortable } from './abort.ts'

/** Everything the operator knows of time. No other file reads a clock or sets a timer. */
export type Clock = {
  /** Epoch milliseconds, for stamps and for deadlines kept in the API. May be corrected, so it can step back a little. */
  now(): number
  /** Milliseconds from an arbitrary start; never steps. For every deadline inside this process. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason once it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Calls back once after `ms` unless cancelled by the function returned. Delays of any length are honoured. */
  timer(ms: number, callback: () => void): () => void
  /** Lets the event loop serve what is waiting, then goes on. */
  yield(): Promise<void>
}

/** Node fires a longer timer at once, after a warning. */
const longestTimer = 2 ** 31 - 1

export function systemClock(): Clock {
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) => sleepBy(clock, ms, signal),
    timer: (ms, callback) => {
      const due = performance.now() + Math.max(0, ms)
      let handle: NodeJS.Timeout
      const arm = () => {
        const left = due - performance.now()
        handle =
          left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(callback, Math.max(0, Math.ceil(left)))
      }
      arm()
      return () => clearTimeout(handle)
    },
    yield: () => nextTurn(),
  }
  return clock
}

/** `Clock.sleep` in terms of `Clock.timer`, for every implementation of the interface. */
export function sleepBy(clock: Pick<Clock, 'timer'>, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.timer(ms, resolve)
  return abortable(promise, signal).finally(cancel)
}

/** One answered request, in the base clock's monotonic time, with the answer's `Date` header in epoch milliseconds. */
export type Exchange = { readonly sentAt: number; readonly receivedAt: number; readonly date: number }

export type ServerClock = Clock & {
  /** Narrows the estimate of the server's clock by one answered request. */
  observe(exchange: Exchange): void
  /** Server time minus the replica's own wall clock, in milliseconds; 0 until something was observed. */
  skew(): number
}

/**
 * A clock whose `now()` is the API server's, so that replicas with wrong wall clocks decide alike.
 *
 * A `Date` header has whole seconds, cut off: when the answer was written the server's clock stood in
 * [date, date + 1000), and that moment lay between sending and receiving. So the true offset from our monotonic
 * time lies in [date - receivedAt, date + 1000 - sentAt]; the estimate is clamped into that interval each time.
 * Many answers make it far better than a second, and drift (ours or the server's) is followed rather than averaged.
 * Based on monotonic time: a step of the local wall clock changes nothing once an answer was seen.
 */
export function serverClock(base: Clock): ServerClock {
  let offset = base.now() - base.monotonic()
  let observed = false
  return {
    ...base,
    now: () => (observed ? base.monotonic() + offset : base.now()),
    observe: ({ sentAt, receivedAt, date }) => {
      if (!Number.isFinite(date) || receivedAt < sentAt) return
      if (!observed) offset = base.now() - base.monotonic()
      offset = Math.min(Math.max(offset, date - receivedAt), date + 1000 - sentAt)
      observed = true
    },
    skew: () => (observed ? base.monotonic() + offset - base.now() : 0),
  }
}
