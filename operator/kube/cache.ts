import { abortable } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { createSubscribers } from './change.ts'
import type { Change } from './change.ts'
import type { Client } from './client.ts'
import { takeIn } from './intake.ts'
import { keyOf } from './object.ts'
import type { Identified, RawObject } from './object.ts'
import { createReflector } from './reflector.ts'
import type { ReflectorPhase } from './reflector.ts'
import { resourceName } from './resource.ts'
import type { Resource } from './resource.ts'
import { createStore } from './store.ts'
import { defaultTuning } from './tuning.ts'
import type { ReflectorTuning } from './tuning.ts'

export type { Change } from './change.ts'

/** What the cache is doing. It serves its last known objects in every phase. */
export type CacheState = ReflectorPhase & {
  /** `plural.group` */
  readonly resource: string
  /** A complete list has been taken over at least once. */
  readonly synced: boolean
  readonly size: number
  /** Version up to which the cache is complete. */
  readonly resourceVersion?: string
  /** Milliseconds since the server last sent anything, bookmarks included. */
  readonly silentMs?: number
}

/**
 * The objects of one resource, kept up to date by list and watch.
 *
 * Guarantees
 * - Objects never go back in time: not by a relist, a repeated event, nor a stale server.
 * - What `observe` was given is not lost to an older list or event, and not brought back once deleted.
 * - Every change of what `get` answers is told to every subscriber, in order, one object version at a time;
 *   versions in between may be skipped.
 * - Objects are frozen; the cache outlives every failure of the server and serves its last known state meanwhile.
 *
 * Assumptions: resourceVersions of one resource are ordered (KEP-5504, Kubernetes 1.35), and the server's history does
 * not go back (restoring etcd from a backup needs a restart of this process, as of every controller).
 */
export type Cache<T> = {
  /** @param key `namespace/name`, or `name` for cluster-scoped kinds */
  get(key: string): T | undefined
  values(): Iterable<T>
  readonly size: number
  /** True from the first complete list on, for good. */
  synced(): boolean
  /** Resolves once synced; rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void>
  /**
   * Lists anew, read from a quorum, and resolves when that list has been taken over: from then on the cache is at least
   * as fresh as the moment of the call. The barrier a new leader passes before its first decision. Retries until it
   * succeeds or the signal aborts, then rejects with its reason.
   */
  refresh(signal: AbortSignal): Promise<void>
  /**
   * Write-through: takes in the answer of an own write unless the same or a newer version is held, and tells
   * subscribers. In a cache with a selector only objects already held are updated, and those that `selects` tells of;
   * other new ones come by the watch.
   */
  observe(answer: Identified): void
  /**
   * Called synchronously after each change; must be quick. Past changes are not repeated: read `values()` as well.
   * What a handler throws is logged, and keeps nothing from the others.
   *
   * @returns ends the subscription
   */
  subscribe(handler: (change: Change<T>) => void): () => void
  state(): CacheState
  /** Runs until the signal aborts; never rejects. To be called once, and awaited. */
  run(signal: AbortSignal): Promise<void>
}

export type CacheMetrics = {
  changed(resource: string, kind: Change<unknown>['kind']): void
  relisted(resource: string): void
  failed(resource: string, error: unknown): void
  /** An object could not be trimmed and is not in the cache. */
  rejected(resource: string): void
  /** Registers the cache itself, whose state is read whenever metrics are. */
  register(state: () => CacheState): void
}

export type CacheOptions<T extends Identified> = {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly resource: Resource
  /** Default: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Whether an own write is of the selection, by as much as is kept of it; default: nobody can tell. */
  readonly selects?: (object: T) => boolean
  /**
   * What to keep of an object. Given the wire's JSON without `managedFields`; must keep name, namespace, uid and
   * resourceVersion, and give the same for its own result. When it throws, the object is left as it was, or left out.
   */
  readonly trim: (raw: RawObject) => T
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: CacheMetrics
  readonly tuning?: Partial<ReflectorTuning>
  readonly random?: () => number
}

/** The longest the event loop is kept busy by a list before others get their turn. */
const sliceMs = 8

export function createCache<T extends Identified>(options: CacheOptions<T>): Cache<T> {
  const { client, resource, clock, metrics, trim, random } = options
  const name = resourceName(resource)
  const log = options.log.child({ cache: name })
  const selective = options.labelSelector !== undefined || options.fieldSelector !== undefined
  const subscribers = createSubscribers<T>(error => log.error('a subscriber of the cache failed', { error }))
  const breathe = slicer(clock)
  const store = createStore<T>(change => {
    metrics?.changed(name, change.kind)
    subscribers.emit(change)
  }, breathe)
  const waiting = new Set<{ readonly ticket: number; readonly resolve: () => void }>()
  let phase: ReflectorPhase = { phase: 'idle' }
  let contactAt: number | undefined
  let listedTicket = 0

  const intake = (raw: RawObject): T | undefined => {
    try {
      return takeIn(raw, trim)
    } catch (error) {
      metrics?.rejected(name)
      log.error('an object cannot be kept in the cache', { error, key: keyOf(raw) })
      return undefined
    }
  }

  const listed = (ticket: number, signal: AbortSignal): Promise<void> => {
    if (listedTicket >= ticket) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter = { ticket, resolve }
    waiting.add(waiter)
    return abortable(promise, signal).finally(() => waiting.delete(waiter))
  }

  const reflector = createReflector<T>({
    client,
    resource: resource as Resource<RawObject>,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
    store,
    intake,
    clock,
    log,
    tuning: { ...defaultTuning, ...options.tuning },
    breathe,
    onPhase: next => (phase = next),
    onContact: () => (contactAt = clock.monotonic()),
    onListed: ticket => {
      listedTicket = ticket
      metrics?.relisted(name)
      for (const waiter of waiting) if (waiter.ticket <= ticket) waiter.resolve()
    },
    onFailure: error => metrics?.failed(name, error),
    ...(random === undefined ? {} : { random }),
  })

  const state = (): CacheState => ({
    ...phase,
    resource: name,
    synced: listedTicket > 0,
    size: store.size(),
    ...optional('resourceVersion', store.position()),
    ...optional('silentMs', contactAt === undefined ? undefined : clock.monotonic() - contactAt),
  })
  metrics?.register(state)

  return {
    get: key => store.get(key),
    values: () => store.values(),
    get size() {
      return store.size()
    },
    synced: () => listedTicket > 0,
    whenSynced: signal => listed(1, signal),
    refresh: signal => listed(reflector.relist(), signal),
    observe: answer => {
      if (options.namespace !== undefined && answer.metadata.namespace !== options.namespace) return
      const object = intake(answer as RawObject)
      if (object !== undefined) store.observe(object, selective && !options.selects?.(object))
    },
    subscribe: handler => subscribers.subscribe(handler),
    state,
    run: signal => reflector.run(signal),
  }
}

/** Lets the event loop turn when the present turn has lasted long enough. */
function slicer(clock: Clock): () => Promise<void> {
  let since = clock.monotonic()
  return async () => {
    if (clock.monotonic() - since < sliceMs) return
    await clock.yield()
    since = clock.monotonic()
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}
