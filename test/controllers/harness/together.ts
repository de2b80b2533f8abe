/**
 * Behaviours that do not touch each other are waiting for seconds, each for its own: they run side by side, begun
 * when the first of their describe is, and each `it` waits for its own.
 */
export type Together = (title: string, behaviour: () => Promise<void>) => void

/** The longest a behaviour may take; waits inside it have shorter bounds and say what they waited for. */
const withinMs = 90_000

/** @param width most behaviours at the same time */
export function together(describeThem: (it: Together) => void, width = 10): void {
  const planned: { readonly behaviour: () => Promise<void>; readonly outcome: PromiseWithResolvers<Outcome> }[] = []
  let workers: Promise<unknown> = Promise.resolve()

  before(() => {
    const queue = planned.values()
    const work = async () => {
      for (const { behaviour, outcome } of queue) outcome.resolve(await settle(behaviour))
    }
    workers = Promise.all(Array.from({ length: width }, work))
  })

  describeThem((title, behaviour) => {
    const outcome = Promise.withResolvers<Outcome>()
    planned.push({ behaviour, outcome })
    it(title, async () => {
      const { failed, error } = await outcome.promise
      if (failed) throw error
    }).timeout(withinMs)
  })

  after(async function () {
    this.timeout(withinMs)
    await workers
  })
}

type Outcome = { readonly failed: boolean; readonly error?: unknown }

async function settle(behaviour: () => Promise<void>): Promise<Outcome> {
  try {
    await behaviour()
    return { failed: false }
  } catch (error) {
    return { failed: true, error }
  }
}
