import { randomUUID } from 'node:crypto'
import { askedPauseMs, isConflict, isThrottled } from '../kube/errors.ts'
import { linkAbort, whenAborted } from './abort.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { createQueue } from './queue.ts'
import type { Lane, QueueMetrics } from './queue.ts'

export type ReconcileResult = {
  /** Look at this key again after so long, even if nothing happens. Absent: only when something does. */
  readonly requeueAfterMs?: number
}

/**
 * Brings one object a step nearer to what it should be.
 *
 * Called with a key only: what is to be done follows from the state found, never from what happened. Calls for one key
 * never overlap. What becomes of the outcome:
 *
 * - resolved: the key's backoff ends; with `requeueAfterMs` it is looked at again after that time at the latest
 * - rejected with `TerminalError`: logged and counted, not retried until something happens to the key again
 * - rejected with anything else: retried after the key's exponential backoff (5 ms … 60 s), and no sooner than the
 *   server's Retry-After asked for, within a minute
 *
 * `signal` aborts when the reconcile has taken longer than its time-out, or when a stopping process can wait no longer.
 * A reconcile must end soon after; until it does, its worker and its key are occupied. `log` carries the controller's
 * name, the key and an id of this one call.
 */
export type Reconcile = (key: string, signal: AbortSignal, log: Log) => Promise<ReconcileResult>

/** Retrying cannot help: the object itself, or the configuration, has to change first. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
  readonly code = 'terminal'
}

/** The abort reason of a reconcile that took too long, or that a stopping process could not wait for. */
export class ReconcileAbortedError extends Error {
  override readonly name = 'ReconcileAbortedError'
  readonly code: 'reconcile_timeout' | 'stopping'

  constructor(code: ReconcileAbortedError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export type ReconcileOutcome = 'success' | 'requeue_after' | 'error' | 'terminal_error'

export type ControllerMetrics = {
  readonly queue?: QueueMetrics
  reconciled(outcome: ReconcileOutcome, seconds: number): void
  activeWorkers(count: number): void
  workers(count: number): void
}

export type ControllerOptions = {
  /** Names the controller in logs and metrics. */
  readonly name: string
  readonly reconcile: Reconcile
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: ControllerMetrics
  /** How many keys are worked on at once; default 1. */
  readonly concurrency?: number
  /** Default 60 s. */
  readonly timeoutMs?: number
  /** How long a stop waits for reconciles in flight before it aborts them; default 20 s. */
  readonly graceMs?: number
  readonly random?: () => number
}

export type Controller = {
  enqueue(key: string, lane?: Lane): void
  enqueueAfter(key: string, ms: number, lane?: Lane): void
  /** Keys ready to be worked on. */
  depth(): number
  /**
   * Works until `signal` aborts; then takes no further key, waits for what is in flight and resolves. Never rejects
   * for what a reconcile does. Keys enqueued before are kept and worked on first.
   */
  run(signal: AbortSignal): Promise<void>
}

/**
 * No longer than the backoff's own longest: a proxy that answers with an hour must not park a key that somebody may want
 * to be stopped.
 */
const longestPauseMs = 60_000
/** After the abort a reconcile gets this long to notice. */
const noticeMs = 5_000

export function createController(options: ControllerOptions): Controller {
  const { name, reconcile, clock, metrics, timeoutMs = 60_000, graceMs = 20_000, concurrency = 1 } = options
  const log = options.log.child({ controller: name })
  const queue = createQueue({
    clock,
    ...(metrics?.queue === undefined ? {} : { metrics: metrics.queue }),
    ...(options.random === undefined ? {} : { random: options.random }),
  })
  const impatience = new AbortController()
  let active = 0

  const attempt = async (key: string): Promise<void> => {
    using limit = linkAbort(impatience.signal)
    const expired = () =>
      new ReconcileAbortedError('reconcile_timeout', `${name}: ${key}: not done after ${timeoutMs} ms`)
    const cancel = clock.timer(timeoutMs, () => limit.abort(expired()))
    const line = log.child({ key, reconcileId: randomUUID() })
    const since = clock.monotonic()
    metrics?.activeWorkers(++active)
    const outcome = await settle(() => reconcile(key, limit.signal, line))
    cancel()
    metrics?.activeWorkers(--active)
    metrics?.reconciled(outcome.kind, (clock.monotonic() - since) / 1000)
    switch (outcome.kind) {
      case 'success':
        return queue.forget(key)
      case 'requeue_after':
        queue.forget(key)
        return queue.addAfter(key, outcome.afterMs)
      case 'terminal_error':
        queue.forget(key)
        return line.error('reconcile failed for good', { error: outcome.error })
      case 'error':
        report(line, outcome.error, queue.failures(key) + 1)
        return queue.retry(key, Math.min(askedPauseMs(outcome.error), longestPauseMs))
    }
  }

  const work = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await attempt(key)
      queue.done(key)
      // Keys that need no input or output would otherwise follow each other without timers, the lease's among them.
      await clock.yield()
    }
  }

  return {
    enqueue: (key, lane) => queue.add(key, lane),
    enqueueAfter: (key, ms, lane) => queue.addAfter(key, ms, lane),
    depth: () => queue.depth(),
    run: async signal => {
      metrics?.workers(concurrency)
      const workers = Promise.all(Array.from({ length: concurrency }, work))
      await whenAborted(signal)
      queue.shutdown()
      const stopping = new ReconcileAbortedError('stopping', `${name}: stopping, and ${graceMs} ms have passed`)
      const cancelAbort = clock.timer(graceMs, () => impatience.abort(stopping))
      const { promise: overdue, resolve: giveUp } = Promise.withResolvers<'overdue'>()
      const cancelGiveUp = clock.timer(graceMs + noticeMs, () => giveUp('overdue'))
      const end = await Promise.race([workers, overdue])
      cancelAbort()
      cancelGiveUp()
      if (end === 'overdue') log.error('stopped with reconciles still running', { active })
    },
  }
}

type Outcome =
  | { readonly kind: 'success' }
  | { readonly kind: 'requeue_after'; readonly afterMs: number }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'terminal_error'; readonly error: TerminalError }

async function settle(run: () => Promise<ReconcileResult>): Promise<Outcome> {
  try {
    const { requeueAfterMs } = await run()
    return requeueAfterMs === undefined ? { kind: 'success' } : { kind: 'requeue_after', afterMs: requeueAfterMs }
  } catch (error) {
    return error instanceof TerminalError ? { kind: 'terminal_error', error } : { kind: 'error', error }
  }
}

/** A conflict is how optimistic concurrency works, not a fault: the next attempt sees the newer object. */
function report(log: Log, error: unknown, failures: number): void {
  if (isConflict(error)) log.info('reconcile met a newer version and is tried again', { error, failures })
  else if (isThrottled(error)) log.warn('reconcile was throttled by the API server', { error, failures })
  else log.error('reconcile failed', { error, failures })
}
