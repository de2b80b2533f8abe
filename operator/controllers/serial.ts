/** Runs work of one name one after the other, in the order it was asked for; work of different names side by side. */
export function serially(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>()
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    last.set(name, promise)
    await before
    try {
      return await work()
    } finally {
      if (last.get(name) === promise) last.delete(name)
      resolve()
    }
  }
}
