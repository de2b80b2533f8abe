import type { RolloutRecovery } from '../../api/object.ts'
import type { Client } from '../../kube/client.ts'
import { isNotFound } from '../../kube/errors.ts'
import { keyOf } from '../../kube/object.ts'
import { abortable, linkAbort } from '../../runtime/abort.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Caches } from '../../view/caches.ts'
import { rolloutRecoveries } from '../../view/resources.ts'

/** How often the API server itself is asked while the cache tells nothing: a watch may be silent or far behind. */
const LOOK_EVERY = 2_000

type Parts = { readonly caches: Caches; readonly client: Client; readonly clock: Clock }

/**
 * Waits until the leader has judged a recovery. Answers `undefined` when that took longer than `withinMs`, and
 * `deleted` when the object is gone: neither says whether it took effect.
 *
 * @throws the reason of `signal`
 */
export async function verdictOf(
  recovery: RolloutRecovery,
  withinMs: number,
  signal: AbortSignal,
  { caches: { recoveries }, client, clock }: Parts,
): Promise<RolloutRecovery | 'deleted' | undefined> {
  const key = keyOf(recovery)
  const { uid, name, namespace } = recovery.metadata
  const { promise, resolve } = Promise.withResolvers<RolloutRecovery | 'deleted' | undefined>()
  const look = (seen: RolloutRecovery | undefined) => {
    if (seen?.metadata.uid === uid && seen.status.phase !== 'Pending') resolve(seen)
  }
  using waiting = linkAbort(signal)
  const unsubscribe = recoveries.subscribe(({ kind, object }) => {
    if (object.metadata.uid !== uid) return
    if (kind === 'deleted') resolve('deleted')
    else look(object)
  })
  const cancel = clock.timer(withinMs, () => resolve(undefined))
  const asking = (async () => {
    for (;;) {
      await clock.sleep(LOOK_EVERY, waiting.signal)
      try {
        const live = await client.get(
          rolloutRecoveries,
          { name, namespace },
          { signal: waiting.signal, timeoutMs: LOOK_EVERY },
        )
        recoveries.observe(live)
        look(live)
      } catch (error) {
        if (isNotFound(error)) resolve('deleted')
      }
      waiting.signal.throwIfAborted()
    }
  })().catch(() => undefined)
  try {
    look(recovery)
    look(recoveries.get(key))
    return await abortable(promise, signal)
  } finally {
    unsubscribe()
    cancel()
    waiting.abort(new Error('no longer waited for'))
    await asking
  }
}
