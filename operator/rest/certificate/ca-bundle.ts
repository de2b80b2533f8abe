import type { Client } from '../../kube/client.ts'
import { isConflict, isNotFound } from '../../kube/errors.ts'
import type { ObjectMeta } from '../../kube/object.ts'
import { defineResource } from '../../kube/resource.ts'
import { onAbort } from '../../runtime/abort.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { CertificateSource } from './source.ts'

type APIService = { readonly metadata: ObjectMeta; readonly spec: { readonly caBundle?: string } }

const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
})

/** Somebody may have emptied it (an upgrade of the chart does); the API server refuses us until it is mended. */
const EVERY = 10_000

/**
 * Keeps `caBundle` of our APIService as it must be, from any replica. Never creates the object: who installs decides
 * whether there is one, because a registered API that nobody serves holds up the deletion of every namespace.
 */
export async function keepCaBundle(
  name: string,
  source: CertificateSource,
  { client, clock, log }: { readonly client: Client; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const wake = { now: () => {} }
  const unsubscribe = source.subscribe(() => wake.now())
  let problem = ''
  try {
    while (!signal.aborted) {
      try {
        await mend(name, source.trusted(), client, signal, log)
        problem = ''
      } catch (error) {
        if (signal.aborted) return
        if (String(error) !== problem) log.error(`caBundle of APIService ${name} cannot be looked after`, { error })
        problem = String(error)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      wake.now = resolve
      const cancel = clock.timer(EVERY, resolve)
      const leave = onAbort(signal, resolve)
      await promise
      cancel()
      leave()
    }
  } finally {
    unsubscribe()
  }
}

async function mend(
  name: string,
  pem: string | undefined,
  client: Client,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  if (pem === undefined) return
  try {
    const found = await client.get(apiServices, { name }, { signal })
    const caBundle = Buffer.from(pem).toString('base64')
    if (found.spec.caBundle === caBundle) return
    const { uid, resourceVersion } = found.metadata
    await client.mergePatch(
      apiServices,
      { name },
      { spec: { caBundle } },
      { signal, preconditions: { uid, resourceVersion } },
    )
    log.info(`caBundle of APIService ${name} is up to date`)
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
