import { createCache } from '../../kube/cache.ts'
import type { Client } from '../../kube/client.ts'
import { isConflict, isNotFound } from '../../kube/errors.ts'
import type { Identified, RawObject } from '../../kube/object.ts'
import { defineResource } from '../../kube/resource.ts'
import { backoffDelay } from '../../runtime/backoff.ts'
import { createBell } from '../../runtime/bell.ts'
import type { Clock } from '../../runtime/clock.ts'
import { runTogether } from '../../runtime/group.ts'
import type { Log } from '../../runtime/log.ts'
import type { CertificateSource } from './source.ts'

type APIService = Identified & { readonly spec: { readonly caBundle?: string } }

const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
})

/** The same is written again at the earliest after this: replicas that know of different authorities must not race. */
const INTERVAL = 10_000

/**
 * Keeps `caBundle` of our APIService as it must be, from any replica: somebody may have emptied it (an upgrade of the
 * chart does), and the API server refuses us until it is mended. Never creates the object: who installs decides whether
 * there is one, because a registered API that nobody serves holds up the deletion of every namespace.
 *
 * A bundle that is not ours may be newer: what is to be trusted is read anew before it is written over.
 */
export async function keepCaBundle(
  name: string,
  source: CertificateSource,
  { client, clock, log }: { readonly client: Client; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const cache = createCache<APIService>({
    client,
    clock,
    log,
    resource: apiServices,
    fieldSelector: `metadata.name=${name}`,
    trim: trimService,
  })
  const bell = createBell(clock)
  const wanted = () => {
    const pem = source.trusted()
    return pem === undefined ? undefined : Buffer.from(pem).toString('base64')
  }
  /** What is there and has to be mended. */
  const wrong = () => {
    const [found, caBundle] = [cache.get(name), wanted()]
    return caBundle === undefined || found?.spec.caBundle === caBundle ? undefined : found
  }

  let written: { readonly caBundle: string | undefined; readonly at: number } | undefined

  /** Returns after how many milliseconds to look again, whatever happens. */
  const mend = async (inner: AbortSignal): Promise<number> => {
    if (!wrong()) return Infinity
    await source.look(inner)
    const [found, caBundle] = [wrong(), wanted()]
    if (!found) return Infinity
    const left = written && written.caBundle === caBundle ? written.at + INTERVAL - clock.monotonic() : 0
    if (left > 0) return left
    written = { caBundle, at: clock.monotonic() }
    const { uid, resourceVersion } = found.metadata
    const preconditions = { uid, resourceVersion }
    try {
      cache.observe(
        await client.mergePatch(apiServices, { name }, { spec: { caBundle } }, { signal: inner, preconditions }),
      )
      log.info(`caBundle of APIService ${name} is up to date`)
    } catch (error) {
      // The watch brings what is there now.
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
    return INTERVAL
  }

  const keep = async (inner: AbortSignal): Promise<void> => {
    const unsubscribe = [source.subscribe(bell.ring), cache.subscribe(bell.ring)]
    let failures = 0
    let problem = ''
    while (!inner.aborted) {
      let pause: number
      try {
        pause = await mend(inner)
        failures = 0
        problem = ''
      } catch (error) {
        if (inner.aborted) break
        failures += 1
        if (String(error) !== problem) log.error(`caBundle of APIService ${name} cannot be looked after`, { error })
        problem = String(error)
        pause = backoffDelay(failures, { baseMs: 500, maxMs: INTERVAL })
        written = undefined
      }
      await bell.wait(pause, inner)
    }
    for (const end of unsubscribe) end()
  }

  await runTogether(signal, [inner => cache.run(inner), keep])
}

function trimService(raw: RawObject): APIService {
  const { name, uid, resourceVersion } = raw.metadata
  const { caBundle } = (raw as { readonly spec?: APIService['spec'] }).spec ?? {}
  return { metadata: { name, uid, resourceVersion }, spec: caBundle === undefined ? {} : { caBundle } }
}
