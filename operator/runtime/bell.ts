import { onAbort } from './abort.ts'
import type { Clock } from './clock.ts'

/** Wakes a loop that waits; a ring while it is at work is not lost. */
export type Bell = {
  ring(): void
  /** Resolves when it has rung since the last wait, after `ms`, or when the signal aborts, whichever comes first. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(clock: Pick<Clock, 'timer'>): Bell {
  let rung = false
  let wake = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    wait: async (ms, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      if (rung) resolve()
      const cancel = Number.isFinite(ms) ? clock.timer(ms, resolve) : () => {}
      const leave = onAbort(signal, resolve)
      await promise
      cancel()
      leave()
      rung = false
    },
  }
}
