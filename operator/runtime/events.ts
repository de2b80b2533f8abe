import type { Client } from '../kube/client.ts'
import { askedPauseMs, isAlreadyExists, isApiError, isNotFound, isThrottled } from '../kube/errors.ts'
import type { Draft } from '../kube/object.ts'
import { events } from '../kube/resource.ts'
import type { KubeEvent } from '../kube/resource.ts'
import { onAbort } from './abort.ts'
import { backoffDelay } from './backoff.ts'
import type { Clock } from './clock.ts'
import { eventDraft, eventKey } from './event-draft.ts'
import type { EventNote } from './event-draft.ts'
import type { Log } from './log.ts'
import { microTime } from './micro-time.ts'
import { createTokenBuckets } from './token-bucket.ts'

export type { EventNote } from './event-draft.ts'

export type EventOutcome = 'stored' | 'counted' | 'rate_limited' | 'buffer_full' | 'failed'
export type EventMetrics = { event(outcome: EventOutcome): void }

export type EventRecorderOptions = {
  /** Without `beforeWrite`: an Event changes nothing, and replicas that do not lead have something to say too. */
  readonly client: Pick<Client, 'create' | 'mergePatch'>
  readonly clock: Clock
  readonly log: Log
  /** Domain-prefixed name of the controller, e.g. `fleet.example.dev/promoter`. */
  readonly controller: string
  /** This replica. */
  readonly instance: string
  readonly metrics?: EventMetrics
}

/**
 * Tells people what happened, by events.k8s.io/v1 Events.
 *
 * Best effort: `record` never waits and never fails. Events beyond 25 at once for one object (one more every 30 s), or
 * beyond 1,000 waiting, are dropped, as are those the API server refuses or cannot take within three tries.
 */
export type EventRecorder = {
  record(note: EventNote): void
  /** Sends what is recorded until the signal aborts, then what is left, for 5 s at most. Never rejects. */
  run(signal: AbortSignal): Promise<void>
}

/** Occurrences of one note; `reported` of its `count` are in the stored Event. */
type Series = { readonly draft: Draft<KubeEvent>; count: number; reported: number; lastAt: number; lastStamp: string }

/** To create the Event of a series, or to bring its count up to date. */
type Job = { readonly kind: 'create' | 'count'; readonly key: string; readonly series: Series }

const seriesWindowMs = 360_000
const seriesReportMs = 30_000
const mostSeries = 1_000
const mostWaiting = 1_000
const flushMs = 5_000
const tries = 3

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, metrics } = options
  const log = options.log.child({ part: 'events' })
  const buckets = createTokenBuckets(clock, { burst: 25, refillMs: 30_000, keys: 1_000 })
  const known = new Map<string, Series>()
  const waiting: Job[] = []
  let countsDue = clock.monotonic() + seriesReportMs
  let wake = () => {}

  const remember = (key: string, series: Series): void => {
    known.delete(key)
    known.set(key, series)
    if (known.size > mostSeries) for (const oldest of known.keys()) return void known.delete(oldest)
  }

  const record = (note: EventNote): void => {
    const key = eventKey(note)
    const [lastAt, lastStamp] = [clock.monotonic(), microTime(clock.now())]
    const series = known.get(key)
    if (series !== undefined && (note.id !== undefined || lastAt - series.lastAt < seriesWindowMs)) {
      if (note.id === undefined) remember(key, Object.assign(series, { count: series.count + 1, lastAt, lastStamp }))
      return metrics?.event('counted')
    }
    if (!buckets.take(note.regarding.uid ?? `${note.regarding.namespace}/${note.regarding.name}`)) {
      return metrics?.event('rate_limited')
    }
    if (waiting.length >= mostWaiting) return metrics?.event('buffer_full')
    const first: Series = { draft: eventDraft(note, options, lastStamp), count: 1, reported: 1, lastAt, lastStamp }
    remember(key, first)
    waiting.push({ kind: 'create', key, series: first })
    wake()
  }

  const enqueueCounts = (): void => {
    countsDue = clock.monotonic() + seriesReportMs
    for (const [key, series] of known) {
      if (series.count > series.reported && waiting.length < mostWaiting) waiting.push({ kind: 'count', key, series })
    }
  }

  const send = async ({ kind, series }: Job, signal: AbortSignal): Promise<void> => {
    if (kind === 'create') return void (await client.create(events, series.draft, { signal }))
    const { namespace, name = '' } = series.draft.metadata
    const { count, lastStamp: lastObservedTime } = series
    const ref = { name, ...(namespace === undefined ? {} : { namespace }) }
    await client.mergePatch(events, ref, { series: { count, lastObservedTime } }, { signal })
    series.reported = count
  }

  const deliver = async (job: Job, signal: AbortSignal): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await send(job, signal)
        return metrics?.event('stored')
      } catch (error) {
        // The name was ours: an earlier try got through, or an earlier run of this process told of the same occurrence.
        if (job.kind === 'create' && isAlreadyExists(error)) return metrics?.event('stored')
        const useless = isApiError(error) && !isThrottled(error) && error.code < 500
        if (useless || attempt === tries || signal.aborted) {
          // The next occurrence begins a new Event. A stored one that has expired meanwhile is nothing to report.
          known.delete(job.key)
          if (job.kind === 'count' && isNotFound(error)) return
          metrics?.event('failed')
          return log.warn('an event was not stored', { error })
        }
        const pauseMs = Math.max(askedPauseMs(error), backoffDelay(attempt, { baseMs: 500, maxMs: 5_000 }))
        await clock.sleep(pauseMs, signal).catch(() => {})
      }
    }
  }

  const drain = async (signal: AbortSignal): Promise<void> => {
    while (waiting.length > 0 && !signal.aborted) {
      const job = waiting.shift()
      if (job !== undefined) await deliver(job, signal)
    }
  }

  /** Resolves when there is something to send, when counts are due, or when the signal aborts. */
  const something = async (signal: AbortSignal): Promise<void> => {
    if (waiting.length > 0 || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = clock.timer(countsDue - clock.monotonic(), resolve)
    wake = resolve
    const leave = onAbort(signal, resolve)
    await promise
    leave()
    cancel()
  }

  return {
    record,
    run: async signal => {
      const limit = new AbortController()
      let cancel = () => {}
      onAbort(signal, () => {
        cancel = clock.timer(flushMs, () => limit.abort(new Error(`not flushed after ${flushMs} ms`)))
      })
      while (!signal.aborted) {
        await something(signal)
        if (clock.monotonic() >= countsDue) enqueueCounts()
        await drain(limit.signal)
      }
      enqueueCounts()
      await drain(limit.signal)
      cancel()
      if (waiting.length > 0) log.warn('stopped with events not stored', { events: waiting.length })
    },
  }
}
