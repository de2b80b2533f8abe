/** Lets many in at once, or one alone. In the order in which they come. */
export function turnstile(): { enter(alone: boolean): Promise<Disposable> } {
  let last: Promise<unknown> = Promise.resolve()
  const inside = new Set<Promise<void>>()
  return {
    enter: async alone => {
      const before = last
      const { promise: left, resolve } = Promise.withResolvers<void>()
      const entered = before.then(async () => {
        if (alone) await Promise.all(inside)
        inside.add(left)
        void left.then(() => inside.delete(left))
      })
      last = alone ? entered.then(() => left) : entered
      await entered
      return { [Symbol.dispose]: () => resolve() }
    },
  }
}
