/**
 * What a replica was not told of one collection. A watch that breaks before it made up for an event goes on in the next
 * one: from a version before the event the server tells it again, and from one after it only a list shows what became
 * of the object. No server goes on as if the event had never been.
 */
export type Debts = {
  /** The replica was not told the event of that version. @returns to call when something else made up for it */
  owe(at: number): () => void
  /** A list is to come, which shows everything. */
  clear(): void
  /**
   * A new watch begins, and with it all that is still owed is told, or a list is necessary.
   *
   * @param from  the version it goes on from; `initial` when it begins with the present state
   * @returns whether a list is necessary
   */
  begin(from: number | 'initial'): boolean
}

export function debts(): Debts {
  const owed = new Set<{ readonly at: number }>()
  return {
    owe: at => {
      const debt = { at }
      owed.add(debt)
      return () => void owed.delete(debt)
    },
    clear: () => owed.clear(),
    begin: from => {
      const passedOver = from !== 'initial' && [...owed].some(({ at }) => at <= from)
      owed.clear()
      return passedOver
    },
  }
}
