export type Change<T> = {
  readonly kind: 'added' | 'updated' | 'deleted'
  /** The new object; for `deleted` the last one known. */
  readonly object: T
  /** What the cache held before; absent for `added`. */
  readonly previous?: T
  /** True when the change was found by listing rather than announced by the watch or written by ourselves. */
  readonly listed?: boolean
}

export type Subscribers<T> = {
  /** The function returned ends the subscription. */
  subscribe(handler: (change: Change<T>) => void): () => void
  /** Tells every subscriber; what one of them throws goes to `onError` and concerns no other. */
  emit(change: Change<T>): void
}

export function createSubscribers<T>(onError: (error: unknown) => void): Subscribers<T> {
  const handlers = new Set<{ readonly handle: (change: Change<T>) => void }>()
  return {
    subscribe: handle => {
      const entry = { handle }
      handlers.add(entry)
      return () => void handlers.delete(entry)
    },
    emit: change => {
      for (const { handle } of [...handlers]) {
        try {
          handle(change)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
