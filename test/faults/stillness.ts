import type { Faults } from './fate.ts'
import { PASS } from './fate.ts'

/** Knows when nothing more happens in a run: no write was made, and no event was told, for so long. */
export type Stillness = {
  /** Resolves at the next moment of stillness. */
  still(): Promise<void>
  /** Resolves when the replica has asked for so many writes more, or is still. */
  writes(count: number): Promise<void>
  /** The same faults, whose requests and events are noticed. */
  noticing(faults: Faults): Faults
}

/** Longer than the operator ever takes between two steps, as fast as its time passes on a track. */
const STILL_MS = 400
const LOOK_MS = 25

export function stillness(): Stillness {
  let last = performance.now()
  let written = 0
  const counting = new Set<{ readonly at: number; readonly resolve: () => void }>()
  const still = async (): Promise<void> => {
    last = performance.now()
    while (performance.now() - last < STILL_MS) await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  return {
    still,
    writes: async count => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const waiter = { at: written + count, resolve }
      counting.add(waiter)
      await Promise.race([promise, still()])
      counting.delete(waiter)
    },
    noticing: ({ writes, reads, events }) => ({
      writes: write => {
        if (write.class === 'write') {
          last = performance.now()
          written += 1
          for (const { at, resolve } of counting) if (written >= at) resolve()
        }
        return writes?.(write) ?? PASS
      },
      ...(reads ? { reads } : {}),
      events: event => {
        if (event.type !== 'BOOKMARK') last = performance.now()
        return events?.(event) ?? PASS
      },
    }),
  }
}
