import { setTimeout as delay } from 'node:timers/promises'
import { clusterError } from './error.ts'

/** Milliseconds on a clock that never goes back. The control plane is real, so its harness runs on real time. */
export function elapsed(): number {
  return performance.now()
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

export interface WaitOptions {
  /** What is waited for, in words; it becomes part of the error. */
  readonly what: string
  /** The bound, in milliseconds. */
  readonly withinMs: number
  /** Time between two looks, in milliseconds; default 50. */
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks again and again until `probe` gives something other than undefined or false, and returns it.
 *
 * A probe that throws ends the wait: "not yet" is a return value. After the bound the wait
 * rejects with `not_in_time`; after an abort, with the signal's reason.
 */
export async function until<T>(
  probe: (signal: AbortSignal | undefined) => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const end = elapsed() + options.withinMs
  for (;;) {
    options.signal?.throwIfAborted()
    const found = await probe(options.signal)
    if (found !== undefined && found !== false) return found
    if (elapsed() >= end) throw clusterError('not_in_time', `${options.what}: not within ${options.withinMs} ms`)
    await pause(options.everyMs ?? 50, options.signal)
  }
}
