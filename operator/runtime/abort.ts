/** A signal of one's own that aborts with another, until disposed of. */
export type Linked = Disposable & {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/**
 * Unlike AbortSignal.any, leaves nothing behind on `parent` once disposed of: parents here live as long as the process,
 * and what hangs on them would otherwise grow with every request.
 */
export function linkAbort(parent: AbortSignal): Linked {
  const controller = new AbortController()
  const unlink = onAbort(parent, () => controller.abort(parent.reason))
  return {
    signal: controller.signal,
    abort: reason => controller.abort(reason),
    [Symbol.dispose]: unlink,
  }
}

/** Calls back once when the signal aborts, at once if it has; the function returned takes that back. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback()
    return () => {}
  }
  signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => void onAbort(signal, resolve))
}

/** Settles with `promise`, or rejects with the signal's reason, whichever comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const leave = onAbort(signal, () => reject(signal.reason))
  return Promise.race([promise, aborted]).finally(leave)
}
