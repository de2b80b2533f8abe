/** A background task: runs until its signal aborts, then ends soon. */
export type Task = (signal: AbortSignal) => Promise<void>

/**
 * Runs tasks side by side and outlives none of them.
 *
 * When one rejects, or `signal` aborts, the signal of all the others aborts too. Settles once every task has: rejects
 * with the first failure, if there was one. A task that resolves early leaves the others running.
 */
export async function runTogether(signal: AbortSignal, tasks: readonly Task[]): Promise<void> {
  const group = new AbortController()
  const onAbort = () => group.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
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
  signal.removeEventListener('abort', onAbort)
  if (failure !== undefined) throw failure.error
}
