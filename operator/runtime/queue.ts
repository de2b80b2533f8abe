import { backoffDelay } from './backoff.ts'
import type { Clock } from './clock.ts'

/** Keys of the `low` lane (an initial list, a periodic resync) yield to keys that something just happened to. */
export type Lane = 'normal' | 'low'

export type QueueMetrics = {
  depth(keys: number): void
  added(): void
  retried(): void
  /** A key was handed out after waiting this long. */
  waited(seconds: number): void
  /** A key was done after being worked on this long. */
  worked(seconds: number): void
}

/**
 * A queue of keys with the guarantees of client-go's workqueue.
 *
 * - A key is handed to one worker at a time; added meanwhile, it is handed out once more after `done`.
 * - A key added many times before it is taken is handed out once.
 * - A delayed key is handed out at the earliest of the times it was asked for. An immediate add does not cancel a
 *   delayed one: both come due, and a reconcile too many is harmless.
 * - Within a lane the order is first in, first out. The low lane gets every eighth turn, so that it cannot starve.
 */
export type Queue = {
  add(key: string, lane?: Lane): void
  addAfter(key: string, ms: number, lane?: Lane): void
  /** Adds after the key's own exponential backoff, and no sooner than `atLeastMs`. */
  retry(key: string, atLeastMs?: number): void
  /** Ends the key's backoff: its next `retry` starts from the shortest delay again. */
  forget(key: string): void
  /** How often the key was retried since it was last forgotten. */
  failures(key: string): number
  /** The next key, when there is one; `undefined` after shutdown. Every key taken must be given back by `done`. */
  take(): Promise<string | undefined>
  done(key: string): void
  /** Keys ready to be taken; delayed keys and keys at work are not counted. */
  depth(): number
  /** Refuses further keys and drops those waiting: the next leader finds them again by listing. */
  shutdown(): void
}

export type QueueOptions = {
  readonly clock: Clock
  readonly metrics?: QueueMetrics
  /** Default 5 ms. */
  readonly baseDelayMs?: number
  /** Default 60 s. */
  readonly maxDelayMs?: number
  readonly random?: () => number
}

const lowLaneTurn = 8

export function createQueue(options: QueueOptions): Queue {
  const { clock, metrics } = options
  const backoff = {
    baseMs: options.baseDelayMs ?? 5,
    maxMs: options.maxDelayMs ?? 60_000,
    ...(options.random === undefined ? {} : { random: options.random }),
  }
  /** Keys to be handed out, with the time they were added; those also at work wait for their `done`. */
  const dirty = new Map<string, { readonly since: number; readonly lane: Lane }>()
  /** Keys handed out and not given back, with the time they were taken. */
  const processing = new Map<string, number>()
  /** Dirty keys that are not at work, in order. Every key is in at most one lane. */
  const lanes: Readonly<Record<Lane, Set<string>>> = { normal: new Set(), low: new Set() }
  /** At most one timer a key, the earliest asked for. */
  const delayed = new Map<string, { readonly due: number; readonly lane: Lane; readonly cancel: () => void }>()
  const failures = new Map<string, number>()
  const takers: ((key: string | undefined) => void)[] = []
  let turn = 0
  let down = false

  const depth = () => lanes.normal.size + lanes.low.size

  const hand = (key: string): string => {
    const now = clock.monotonic()
    const waiting = dirty.get(key)
    dirty.delete(key)
    processing.set(key, now)
    if (waiting !== undefined) metrics?.waited((now - waiting.since) / 1000)
    return key
  }

  const next = (): string | undefined => {
    turn += 1
    const lowFirst = turn % lowLaneTurn === 0
    const order = lowFirst ? [lanes.low, lanes.normal] : [lanes.normal, lanes.low]
    for (const lane of order) {
      for (const key of lane) {
        lane.delete(key)
        return hand(key)
      }
    }
    return undefined
  }

  const serve = (): void => {
    while (takers.length > 0 && depth() > 0) takers.shift()?.(next())
    metrics?.depth(depth())
  }

  const add = (key: string, lane: Lane): void => {
    if (down) return
    const waiting = dirty.get(key)
    if (waiting !== undefined && (waiting.lane === lane || lane === 'low')) return
    if (waiting === undefined) metrics?.added()
    dirty.set(key, { since: waiting?.since ?? clock.monotonic(), lane })
    if (processing.has(key)) return
    lanes.low.delete(key)
    lanes[lane].add(key)
    serve()
  }

  const addAfter = (key: string, ms: number, lane: Lane): void => {
    if (down) return
    if (ms <= 0) return add(key, lane)
    const due = clock.monotonic() + ms
    const waiting = delayed.get(key)
    const kept: Lane = waiting?.lane === 'normal' ? 'normal' : lane
    if (waiting !== undefined && waiting.due <= due) {
      delayed.set(key, { ...waiting, lane: kept })
      return
    }
    waiting?.cancel()
    const cancel = clock.timer(ms, () => {
      const come = delayed.get(key)
      delayed.delete(key)
      add(key, come?.lane ?? lane)
    })
    delayed.set(key, { due, lane: kept, cancel })
  }

  return {
    add: (key, lane = 'normal') => add(key, lane),
    addAfter: (key, ms, lane = 'normal') => addAfter(key, ms, lane),
    retry: (key, atLeastMs = 0) => {
      if (down) return
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      metrics?.retried()
      addAfter(key, Math.max(atLeastMs, backoffDelay(count, backoff)), 'normal')
    },
    forget: key => void failures.delete(key),
    failures: key => failures.get(key) ?? 0,
    take: () => {
      if (down) return Promise.resolve(undefined)
      const key = next()
      metrics?.depth(depth())
      return key === undefined ? new Promise(resolve => takers.push(resolve)) : Promise.resolve(key)
    },
    done: key => {
      const since = processing.get(key)
      if (since === undefined) return
      processing.delete(key)
      metrics?.worked((clock.monotonic() - since) / 1000)
      const again = dirty.get(key)
      if (again === undefined) return
      lanes[again.lane].add(key)
      serve()
    },
    depth,
    shutdown: () => {
      down = true
      for (const { cancel } of delayed.values()) cancel()
      for (const map of [delayed, dirty, failures]) map.clear()
      for (const lane of Object.values(lanes)) lane.clear()
      for (const taker of takers.splice(0)) taker(undefined)
      metrics?.depth(0)
    },
  }
}
