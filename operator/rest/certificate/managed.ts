import type { Client } from '../../kube/client.ts'
import { abortable } from '../../runtime/abort.ts'
import { backoffDelay } from '../../runtime/backoff.ts'
import { createBell } from '../../runtime/bell.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { type Bundle, isUsable, lifeOf, trusted } from './bundle.ts'
import type { KeyPair } from './issue.ts'
import { LIFETIMES, type Lifetimes, nextStep, takeStep } from './rotation.ts'
import { readSecret, writeSecret } from './secret.ts'
import { type CertificateSource, subscribers } from './source.ts'

/** Between two tries while the Secret cannot be read or written. */
const longestPause = 30_000

export type ManagedOptions = {
  readonly client: Client
  readonly namespace: string
  /** Of the Secret. */
  readonly name: string
  /** What the certificate is valid for: DNS names and IP addresses; the first is its subject. */
  readonly names: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly lifetimes?: Lifetimes
  /** How often the Secret is looked at, beside `look`: another replica may have changed it. Default 2 minutes. */
  readonly pollMs?: number
}

/**
 * A certificate of the operator's own making, kept in a Secret that all replicas share.
 *
 * Every replica does the same: read, take at most one step, write preconditioned on what was read, use what is stored.
 * Nobody has to lead, and whoever is second finds the work done. While the Secret cannot be read, what was read last
 * stays in use.
 */
export function managedCertificate(options: ManagedOptions): CertificateSource {
  const { client, namespace, name, names, clock, log, lifetimes = LIFETIMES, pollMs = 120_000 } = options
  const ref = { namespace, name }
  const { subscribe, tell } = subscribers()
  const bell = createBell(clock)
  /** Resolves at the end of the next round that begins. */
  let looked = Promise.withResolvers<void>()
  let bundle: Bundle | undefined
  let used: KeyPair | undefined

  const take = (stored: Bundle | undefined) => {
    if (stored === undefined || !isUsable(stored.serving)) return
    const changed = stored.serving.cert !== used?.cert || (bundle && trusted(bundle)) !== trusted(stored)
    bundle = stored
    used = stored.serving
    if (changed) tell()
  }

  /** What is stored serves to its end, also while the step that is due cannot be written. */
  const takeUntilThen = (stored: Bundle | undefined, now: number) => {
    if (stored !== undefined && isUsable(stored.serving) && lifeOf(stored.serving.cert).to > now) take(stored)
  }

  const round = async (signal: AbortSignal): Promise<number> => {
    const stored = await readSecret(client, ref, signal)
    const now = clock.now()
    const step = nextStep(stored?.bundle, names, now, lifetimes)
    if (step.kind === 'rest') {
      take(stored?.bundle)
      return Math.min(pollMs, Math.max(0, step.until - now) + 1)
    }
    if (step.kind === 'create' && stored)
      log.error(`Secret ${namespace}/${name} holds no usable authority; it is made anew`)
    if (step.kind !== 'create') takeUntilThen(stored?.bundle, now)
    const after = await takeStep(step.kind, stored?.bundle, names, now, lifetimes)
    if (await writeSecret(client, ref, after, stored, signal))
      log.info('the serving certificate took a step', { step: step.kind, secret: `${namespace}/${name}` })
    return 0
  }

  return {
    current: () => used,
    trusted: () => (bundle === undefined ? undefined : trusted(bundle)),
    subscribe,
    look: signal => {
      bell.ring()
      return abortable(looked.promise, signal)
    },
    run: async signal => {
      let failures = 0
      while (!signal.aborted) {
        let pause: number
        const told = looked
        looked = Promise.withResolvers<void>()
        try {
          pause = await round(signal)
          failures = 0
        } catch (error) {
          if (signal.aborted) return
          failures += 1
          log.error('the serving certificate cannot be looked after', { error, secret: `${namespace}/${name}` })
          pause = backoffDelay(failures, { baseMs: 500, maxMs: longestPause })
        } finally {
          told.resolve()
        }
        await bell.wait(pause, signal)
      }
    },
  }
}
