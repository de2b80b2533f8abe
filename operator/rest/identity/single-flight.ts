import type { Clock } from '../../runtime/clock.ts'

type Entry<T> = { readonly value: T; readonly until: number }

/**
 * Remembers answers for a short time, and asks once for what many want to know at the same moment.
 *
 * A question that fails is not remembered: the next one asks again. Bounded: the oldest answers go first.
 */
export type SingleFlight<T> = {
  /** @param ask bounded by itself; it is shared, so it must not depend on one caller's signal */
  readonly get: (key: string, ask: () => Promise<T>) => Promise<T>
  readonly size: () => number
}

export function singleFlight<T>(clock: Clock, keepMs: number, most: number): SingleFlight<T> {
  const known = new Map<string, Entry<T>>()
  const asking = new Map<string, Promise<T>>()

  /** All are kept equally long, so the oldest, which are first, have run out first. */
  const remember = (key: string, value: T) => {
    const now = clock.monotonic()
    known.delete(key)
    known.set(key, { value, until: now + keepMs })
    for (const [old, { until }] of known) {
      if (until > now && known.size <= most) break
      known.delete(old)
    }
  }

  return {
    size: () => known.size,
    get: (key, ask) => {
      const entry = known.get(key)
      if (entry && clock.monotonic() < entry.until) return Promise.resolve(entry.value)
      const running = asking.get(key)
      if (running) return running
      const asked = (async () => {
        try {
          const value = await ask()
          remember(key, value)
          return value
        } finally {
          asking.delete(key)
        }
      })()
      asking.set(key, asked)
      return asked
    },
  }
}
