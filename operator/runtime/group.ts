import { linkAbort } from './abort.ts'

/** A background task: runs until its signal aborts, then ends soon. */
export type Task = (signal: AbortSignal) => Promise<void>

/**
 * Runs tasks side by side and outlives none of them.
 *
 * When one rejects, or `signal` aborts, the signal of all the others aborts too. Settles once every task has: rejects
 * with the first failure, if there was one. A task that resolves early leaves the others running.
 */
export async function runTogether(signal: AbortSignal, tasks: readonly Task[]): Promise<void> {
  using group = linkAbort(signal)
  let failure: { readonly error: unknown } | undefined
  const guarded = tasks.map(async task => {
    try {
      await task(group.signal)
    } catch (error) {
      failure ??= { error }
      group.abort(error)
    }
  })
  await Promise.all(guarded)
  if (failure !== undefined) throw failure.error
}
