import { onAbort } from '../runtime/abort.ts'

/** Places there are; the defaults suit production. */
export type LaneOptions = {
  /** Looks in flight at destinations that answer in time; default 32, of which one destination takes 8. */
  readonly prompt?: { readonly places: number; readonly each: number }
  /** At destinations that have not answered yet, or not in time when last asked; default 16, one each. */
  readonly slow?: { readonly places: number; readonly each: number }
}

export type Lanes = {
  /**
   * Waits for a place. The function that it answers with gives the place back, and says whether the destination has
   * answered in time.
   *
   * @throws the reason of `signal`
   */
  enter(destination: string, signal: AbortSignal): Promise<(inTime: boolean) => void>
  /** Looks that have a place, by lane. */
  inFlight(): { readonly prompt: number; readonly slow: number }
}

type Lane = 'prompt' | 'slow'

/** So many destinations are remembered as prompt. */
const MOST_KNOWN = 1_000

/**
 * Bounds what is in flight so that a destination which hangs costs the others nothing.
 *
 * A destination has to earn the use of the prompt lane by an answer in time, and loses it with the first that does not
 * come. Whoever hangs waits among its kind, one look at a time; those who answer meet nobody who does not, but for the
 * looks in flight when a destination begins to hang.
 */
export function createLanes(options: LaneOptions = {}): Lanes {
  const limits = { prompt: { places: 32, each: 8 }, slow: { places: 16, each: 1 }, ...options }
  const prompt = new Set<string>()
  const used = { prompt: 0, slow: 0 }
  const usedBy = new Map<string, number>()
  const waiting = new Set<{ readonly destination: string; readonly admit: () => void }>()

  const laneOf = (destination: string): Lane => (prompt.has(destination) ? 'prompt' : 'slow')

  const hasPlace = (destination: string): boolean => {
    const { places, each } = limits[laneOf(destination)]
    return used[laneOf(destination)] < places && (usedBy.get(destination) ?? 0) < each
  }

  const learn = (destination: string, inTime: boolean): void => {
    prompt.delete(destination)
    if (!inTime) return
    prompt.add(destination)
    if (prompt.size > MOST_KNOWN) for (const oldest of prompt) return void prompt.delete(oldest)
  }

  const occupy = (destination: string): ((inTime: boolean) => void) => {
    const lane = laneOf(destination)
    used[lane] += 1
    usedBy.set(destination, (usedBy.get(destination) ?? 0) + 1)
    return inTime => {
      used[lane] -= 1
      const left = (usedBy.get(destination) ?? 1) - 1
      if (left > 0) usedBy.set(destination, left)
      else usedBy.delete(destination)
      learn(destination, inTime)
      for (const waiter of waiting) if (hasPlace(waiter.destination)) waiter.admit()
    }
  }

  return {
    inFlight: () => ({ ...used }),
    enter: async (destination, signal) => {
      signal.throwIfAborted()
      if (hasPlace(destination)) return occupy(destination)
      const { promise, resolve, reject } = Promise.withResolvers<(inTime: boolean) => void>()
      const waiter = {
        destination,
        admit: () => {
          waiting.delete(waiter)
          resolve(occupy(destination))
        },
      }
      waiting.add(waiter)
      const leave = onAbort(signal, () => {
        waiting.delete(waiter)
        reject(signal.reason)
      })
      return await promise.finally(leave)
    },
  }
}
