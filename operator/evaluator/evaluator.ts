import { type RolloutPlan, releaseOf } from '../api/object.ts'
import { gateName } from '../rollout/gates/gate.ts'
import { type Ask, type Reading, type Readings, readingKey } from '../rollout/gates/reading.ts'
import { instant } from '../rollout/time.ts'
import { type Linked, linkAbort } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { type LaneOptions, createLanes } from './lanes.ts'
import type { EvaluatorMetrics } from './metrics.ts'
import type { Look, Sources, Subject } from './source.ts'

export type EvaluatorOptions = {
  readonly sources: Sources
  readonly clock: Clock
  readonly log: Log
  /** Called with the key of a plan that something was read for. */
  readonly wake: (planKey: string) => void
  /** Ends everything. */
  readonly signal: AbortSignal
  readonly metrics?: EvaluatorMetrics
  readonly lanes?: LaneOptions
  /** In [0, 1); default Math.random. */
  readonly random?: () => number
}

/**
 * Looks outside for the gates of plans, beside the reconciles that ask for it: no plan waits for another one's provider,
 * and none for its own.
 *
 * It keeps readings until the plan's status covers them, and nothing else: what it forgets with its process is read again.
 */
export type Evaluator = {
  /** What was read for the plan and its status does not cover, by gate. */
  readonly readingsOf: (plan: RolloutPlan) => Readings
  /** Looks at what the plan asks for and nothing else: what it does not ask for any more is cancelled. */
  readonly follow: (planKey: string, plan: RolloutPlan | undefined, asks: readonly Ask[]) => void
  /** Resolves when every look has ended, after `signal` was aborted. */
  readonly done: () => Promise<void>
}

type Watch = {
  readonly planKey: string
  subject: Subject
  readonly stop: Linked
  readings: readonly Reading[]
  /** How a look stands that goes on. */
  pending?: Reading
  /** Not asked again before; monotonic milliseconds. */
  notBefore: number
  looking: boolean
  /** The time it is to be looked at next, epoch milliseconds, and how to take that back. */
  armed?: { readonly due: number; readonly cancel: () => void }
}

/** Readings kept for one gate whose plan's status cannot be written; the oldest go first. */
const MOST_READINGS = 64
/** First looks are spread over this time at most, in milliseconds: a new leader has to make them all. */
const SPREAD = 5_000
/** Whoever asks to be left alone is, for so long at most. */
const LONGEST_PAUSE = 300_000

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { sources, clock, wake, signal, metrics, random = Math.random } = options
  const log = options.log.child({ part: 'evaluator' })
  const lanes = createLanes(options.lanes)
  const watches = new Map<string, Map<string, Watch>>()
  const looks = new Set<Promise<void>>()
  metrics?.register(() => lanes.inFlight())

  const end = (watch: Watch): void => {
    watch.armed?.cancel()
    watch.stop.abort(new Error('no longer asked for'))
    watch.stop[Symbol.dispose]()
  }

  const abandon = (subject: Subject): void => {
    const abandoned = sources[subject.ask.gate.kind]?.abandon?.(subject, signal)
    if (!abandoned) return
    looks.add(abandoned)
    void abandoned.finally(() => looks.delete(abandoned))
  }

  const arm = (watch: Watch, spread: number): void => {
    const { due } = watch.subject.ask
    if (watch.looking || watch.armed?.due === due) return
    watch.armed?.cancel()
    const pause = Math.max(due - clock.now(), watch.notBefore - clock.monotonic(), 0) + spread
    const wanted = clock.monotonic() + pause
    const cancel = clock.timer(pause, () => {
      delete watch.armed
      watch.looking = true
      const look = lookOnce(watch, wanted)
      looks.add(look)
      void look.finally(() => looks.delete(look))
    })
    watch.armed = { due, cancel }
  }

  const lookOnce = async (watch: Watch, wanted: number): Promise<void> => {
    const { subject, stop } = watch
    const { kind } = subject.ask.gate
    const source = sources[kind]
    if (!source) return
    try {
      const leave = await lanes.enter(source.destination(subject), stop.signal)
      // Whole milliseconds, as a status has them: else a reading is later than the record of itself, and counts twice.
      const [at, since] = [Math.floor(clock.now()), clock.monotonic()]
      metrics?.late((since - wanted) / 1000)
      let inTime = true
      try {
        const {
          reading,
          timedOut,
          retryAfterMs = 0,
        } = await safely(() => source.look(subject, at, stop.signal), at, stop)
        inTime = timedOut !== true
        watch.notBefore = clock.monotonic() + Math.min(retryAfterMs, LONGEST_PAUSE)
        if (reading.pending) return goOn(watch, reading)
        metrics?.looked(kind, reading.verdict, (clock.monotonic() - since) / 1000)
        delete watch.pending
        watch.readings = [...watch.readings, reading].slice(-MOST_READINGS)
      } finally {
        leave(inTime)
      }
    } catch (error) {
      if (stop.signal.aborted) return
      log.error('a look was not made', { error })
    }
    watch.looking = false
    wake(watch.planKey)
  }

  /** A look that goes on is looked at again by itself; the plan hears of it when there is something new to tell. */
  const goOn = (watch: Watch, reading: Reading): void => {
    const isNew = watch.pending?.trouble !== reading.trouble
    watch.pending = reading
    watch.looking = false
    if (watch.stop.signal.aborted) return
    arm(watch, 0)
    if (isNew) wake(watch.planKey)
  }

  /** A fault of ours is not the stage's: told as not knowing, and in the log as what it is. */
  const safely = async (look: () => Promise<Look>, at: number, stop: Linked): Promise<Look> => {
    try {
      return await look()
    } catch (error) {
      stop.signal.throwIfAborted()
      log.error('a look has failed', { error })
      return {
        reading: { at, verdict: 'unknown', trouble: 'the look itself has failed; the log of the operator says why' },
      }
    }
  }

  return {
    readingsOf: ({ metadata, status }) => {
      const own = watches.get(`${metadata.namespace}/${metadata.name}`) ?? new Map<string, Watch>()
      const readings = new Map<string, readonly Reading[]>()
      for (const [key, watch] of own) {
        if (watch.subject.plan.uid !== metadata.uid) continue
        const { stage, gate } = watch.subject.ask
        const state = status.stages?.find(({ id }) => id === stage)?.gates?.find(({ name }) => name === gateName(gate))
        const covered = state?.evidence === undefined ? -Infinity : instant(state.evidence.readAt)
        watch.readings = watch.readings.filter(({ at }) => at > covered)
        readings.set(key, watch.pending ? [...watch.readings, watch.pending] : watch.readings)
      }
      return readings
    },
    follow: (planKey, plan, asks) => {
      const own = watches.get(planKey) ?? new Map<string, Watch>()
      const wanted = new Set(plan && !signal.aborted ? asks.map(({ stage, name }) => readingKey(stage, name)) : [])
      for (const [key, watch] of own) {
        if (wanted.has(key) && watch.subject.plan.uid === plan?.metadata.uid) continue
        own.delete(key)
        end(watch)
        abandon(watch.subject)
      }
      if (own.size === 0 && wanted.size === 0) return void watches.delete(planKey)
      if (!plan) return
      watches.set(planKey, own)
      for (const ask of asks) {
        const key = readingKey(ask.stage, ask.name)
        const { namespace, name, uid } = plan.metadata
        const subject = {
          plan: { namespace, name, uid, release: releaseOf(plan), artifact: plan.spec.artifactRef },
          ask,
        }
        const known = own.get(key)
        if (known) known.subject = subject
        const watch = known ?? { planKey, subject, stop: linkAbort(signal), readings: [], notBefore: 0, looking: false }
        own.set(key, watch)
        arm(watch, known ? 0 : random() * Math.min(SPREAD, (ask.gate.intervalSeconds ?? 60) * 1000))
      }
    },
    done: async () => {
      for (const own of watches.values()) for (const watch of own.values()) end(watch)
      await Promise.all(looks)
      await Promise.all(Object.values(sources).map(source => source.close()))
    },
  }
}
