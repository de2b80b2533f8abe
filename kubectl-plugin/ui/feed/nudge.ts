import { onAbort } from '../../../operator/runtime/abort.ts'
import type { Clock } from '../../../operator/runtime/clock.ts'

/** A sleep that somebody else can end. */
export type Nudge = {
  /** Ends every wait there is. */
  now(): void
  /** Resolves after `ms`, when nudged, or when the signal aborts. */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void>
}

export function createNudge(): Nudge {
  const waiting = new Set<() => void>()
  return {
    now: () => [...waiting].forEach(end => end()),
    wait: async (ms, clock, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      const cancel = clock.timer(ms, resolve)
      const leave = onAbort(signal, resolve)
      await promise
      waiting.delete(resolve)
      cancel()
      leave()
    },
  }
}
