import type { Client } from '../kube/client.ts'
import { NotLeaderError } from '../kube/errors.ts'
import { linkAbort } from './abort.ts'
import type { Clock } from './clock.ts'
import { createLeaseKeeper } from './lease.ts'
import type { LeaseAttempt } from './lease.ts'
import type { Log } from './log.ts'

export type LeaderOptions = {
  /**
   * A client of its own, on a transport of its own, so that no load of the controllers can delay a renewal; without
   * `beforeWrite`, whose guard is this elector's.
   */
  readonly client: Pick<Client, 'get' | 'create' | 'update'>
  readonly namespace: string
  readonly name: string
  /** Unique to this process: after a restart it is another candidate. */
  readonly identity: string
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: LeaderMetrics
  /** How long others must have seen the lease unchanged before they take it; whole seconds; default 15 s. */
  readonly leaseDurationMs?: number
  /** The leader gives up when its last renewal was sent longer ago than this, answers included; default 10 s. */
  readonly renewDeadlineMs?: number
  /** Between attempts; default 2 s. */
  readonly retryPeriodMs?: number
  readonly random?: () => number
}

export type LeaderMetrics = { leading(name: string, leading: boolean): void }

export type Leadership = {
  /** `leaseTransitions` at the time of taking over: higher for each later leader, as long as nobody deletes the Lease. */
  readonly epoch: number
  /** Aborts when the work is to end: the process stops, or leadership is lost. */
  readonly signal: AbortSignal
}

/** The lease could not be renewed in time, or somebody else has it. The process should exit: only a restart is sure. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
  readonly code = 'leadership_lost'
}

/**
 * Election of one leader among the replicas, by a Lease.
 *
 * Guarantees: no two replicas lead at once as long as their monotonic clocks run at about the same rate, up to writes
 * already on their way. It does not fence: a write sent just before the deadline may arrive after the next leader has
 * begun. Hence every write is preconditioned on a resourceVersion; the election saves work, it does not make it safe.
 *
 * `isLeader` and `guard` ask the monotonic clock, not a flag: a process that was frozen past its deadline refuses its
 * very next write, before any timer has fired. (A suspended *machine* may stop that clock too; see above.)
 */
export type LeaderElector = {
  /**
   * Waits for the lease, then runs `lead` while renewing it.
   *
   * - `signal` aborts while waiting: resolves
   * - `signal` aborts while leading: `lead`'s signal aborts, and once `lead` has ended the lease is released; resolves
   * - `lead` ends by itself: releases, and resolves or rejects as it did
   * - the lease is lost: `lead`'s signal aborts, and it rejects with `LeadershipLostError`
   */
  run(signal: AbortSignal, lead: (leadership: Leadership) => Promise<void>): Promise<void>
  isLeader(): boolean
  /** @throws NotLeaderError */
  guard(): void
}

/** After a loss, `lead` gets this long to end before the loss is reported all the same. */
const noticeMs = 1_000

export function createLeaderElector(options: LeaderOptions): LeaderElector {
  const { clock, identity, name, metrics } = options
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000, random = Math.random } = options
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0)) {
    throw new TypeError('a lease needs: duration > renew deadline > retry period > 0')
  }
  const log = options.log.child({ lease: `${options.namespace}/${name}`, identity })
  const keeper = createLeaseKeeper({ ...options, leaseDurationMs })
  const attemptMs = renewDeadlineMs / 3
  let validUntil = Number.NEGATIVE_INFINITY
  let holder: string | undefined

  const isLeader = () => clock.monotonic() < validUntil

  const noteHolder = (next: string): void => {
    if (holder !== next) log.info('the lease has a new holder', { holder: next })
    holder = next
  }

  /**
   * Never aborted, only bounded: an attempt cut off half-way may have been committed, and then neither its version is
   * known, which a release needs, nor that there is anything to release.
   */
  const attempt = async (timeoutMs: number): Promise<LeaseAttempt | undefined> => {
    try {
      return await keeper.attempt({ signal: new AbortController().signal, timeoutMs })
    } catch (error) {
      log.warn('the lease could not be read or written', { error })
      return undefined
    }
  }

  /** Undefined when the signal aborted first. */
  const acquire = async (signal: AbortSignal): Promise<number | undefined> => {
    while (!signal.aborted) {
      const result = await attempt(attemptMs)
      if (result?.kind === 'held') {
        validUntil = result.sentAt + renewDeadlineMs
        if (isLeader() && !signal.aborted) return result.transitions
      }
      const jittered = retryPeriodMs * (1 + random() * 0.2)
      if (result?.kind === 'other') noteHolder(result.holder)
      const pauseMs = result?.kind === 'other' ? Math.min(jittered, result.leftMs) : jittered
      await clock.sleep(pauseMs, signal).catch(() => {})
    }
    return undefined
  }

  /** Resolves when the signal aborts. */
  const renew = async (signal: AbortSignal): Promise<void> => {
    let begun = clock.monotonic()
    for (;;) {
      await clock.sleep(begun + retryPeriodMs - clock.monotonic(), signal).catch(() => {})
      if (signal.aborted) return
      begun = clock.monotonic()
      const leftMs = validUntil - begun
      if (leftMs <= 0) throw new LeadershipLostError(`${name}: not renewed for ${renewDeadlineMs} ms`)
      const result = await attempt(Math.min(attemptMs, leftMs))
      if (result?.kind === 'held') validUntil = Math.max(validUntil, result.sentAt + renewDeadlineMs)
      if (result?.kind === 'other') throw new LeadershipLostError(`${name}: held by ${result.holder}`)
    }
  }

  const step = (leading: boolean): void => {
    if (!leading) validUntil = Number.NEGATIVE_INFINITY
    metrics?.leading(name, leading)
  }

  const release = async (): Promise<void> => {
    try {
      const released = await keeper.release({ signal: new AbortController().signal, timeoutMs: attemptMs })
      if (released) log.info('released the lease')
    } catch (error) {
      log.warn('the lease could not be released and will expire', { error })
    }
  }

  return {
    isLeader,
    guard: () => {
      if (!isLeader()) throw new NotLeaderError(`${identity} does not hold the lease ${name}`)
    },
    run: async (signal, lead) => {
      step(false)
      const epoch = await acquire(signal)
      if (epoch === undefined) {
        step(false)
        return release()
      }
      step(true)
      noteHolder(identity)
      using term = linkAbort(signal)
      const keeping = new AbortController()
      const work = lead({ epoch, signal: term.signal })
      const renewal = renew(keeping.signal).catch((error: unknown) => {
        step(false)
        term.abort(error)
        throw error
      })
      try {
        await Promise.race([work, renewal])
        keeping.abort()
        await renewal
      } catch (error) {
        keeping.abort()
        const lost = await renewal.then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (lost === undefined) throw error
        await settledWithin(clock, noticeMs, work)
        throw lost
      } finally {
        const held = isLeader()
        step(false)
        if (held) await release()
      }
    },
  }
}

async function settledWithin(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.timer(ms, resolve)
  await Promise.race([promise, work.catch(() => {})])
  cancel()
}
