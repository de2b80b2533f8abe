import { setImmediate as nextTurn } from 'node:timers/promises'
import { sleepBy } from '../../operator/runtime/clock.ts'
import type { Clock } from '../../operator/runtime/clock.ts'

/** A clock that stands still until it is moved. */
export type FakeClock = Clock & {
  /** Moves both clocks on, firing timers in order and letting what they set off run in between. */
  advance(ms: number): Promise<void>
  /** Steps the wall clock only, as an administrator or NTP would. */
  step(ms: number): void
  /** Moves both clocks without firing anything: the process was frozen. */
  freeze(ms: number): void
  /** Timers not yet due. */
  pending(): number
}

type Timer = { readonly due: number; readonly callback: () => void }

export function fakeClock(start = Date.parse('2026-11-24T12:00:00.000Z')): FakeClock {
  let elapsed = 0
  let stepped = 0
  const timers = new Set<Timer>()

  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await nextTurn()
  }

  const dueBefore = (limit: number): Timer | undefined =>
    [...timers].filter(timer => timer.due <= limit).sort((a, b) => a.due - b.due)[0]

  const clock: FakeClock = {
    now: () => start + elapsed + stepped,
    monotonic: () => elapsed,
    sleep: (ms, signal) => sleepBy(clock, ms, signal),
    timer: (ms, callback) => {
      const timer = { due: elapsed + Math.max(0, ms), callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    yield: () => nextTurn(),
    advance: async ms => {
      await settle()
      const target = elapsed + ms
      for (let next = dueBefore(target); next !== undefined; next = dueBefore(target)) {
        timers.delete(next)
        elapsed = Math.max(elapsed, next.due)
        next.callback()
        await settle()
      }
      elapsed = target
      await settle()
    },
    step: ms => (stepped += ms),
    freeze: ms => (elapsed += ms),
    pending: () => timers.size,
  }
  return clock
}
