import { linkAbort } from '../runtime/abort.ts'
import { backoffDelay } from '../runtime/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { listPages } from './client.ts'
import type { Client } from './client.ts'
import { TransportError, askedPauseMs, isApiError, isGone } from './errors.ts'
import { keyOf } from './object.ts'
import type { Identified, RawObject } from './object.ts'
import { resourceName } from './resource.ts'
import type { Resource } from './resource.ts'
import type { Store } from './store.ts'
import type { ReflectorTuning } from './tuning.ts'
import type { WatchEvent } from './watch.ts'

export type ReflectorPhase =
  | { readonly phase: 'idle' }
  | { readonly phase: 'listing'; readonly since: number }
  | { readonly phase: 'watching'; readonly since: number }
  /** After a failure; `since` it was met, `attempts` made in vain in a row. */
  | { readonly phase: 'waiting'; readonly since: number; readonly error: unknown; readonly attempts: number }
  | { readonly phase: 'stopped' }

export type ReflectorOptions<T> = {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly resource: Resource<RawObject>
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly store: Store<T>
  /** Undefined when the object cannot be kept; what is held of it then stays as it is. */
  readonly intake: (raw: RawObject) => T | undefined
  readonly clock: Clock
  readonly log: Log
  readonly tuning: ReflectorTuning
  readonly breathe: () => Promise<void>
  readonly onPhase: (phase: ReflectorPhase) => void
  /** The server said something. */
  readonly onContact: () => void
  /** A list that began after the call numbered `ticket` has been taken over. */
  readonly onListed: (ticket: number) => void
  readonly onFailure: (error: unknown) => void
  readonly random?: () => number
}

export type Reflector = {
  /** Lists and watches until the signal aborts, whatever the server does; never rejects. */
  run(signal: AbortSignal): Promise<void>
  /** Makes the reflector list anew, at once. The ticket comes back by `onListed`. */
  relist(): number
}

/** A watch this long has shown that the server is well. */
const healthyMs = 10_000

class Interruption extends Error {}

export function createReflector<T extends Identified>(options: ReflectorOptions<T>): Reflector {
  const { client, resource, store, intake, clock, log, tuning, breathe } = options
  const random = options.random ?? Math.random
  const scope = {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
  }
  let wanted = 1
  let listed = 0
  let listedAt = clock.monotonic()
  let failures = 0
  let streaming: 'untried' | 'works' | 'unsupported' = 'untried'
  let brokenStreams = 0
  let interrupt = (_: Interruption) => {}

  const finishList = async (
    objects: ReadonlyMap<string, T>,
    resourceVersion: string,
    ticket: number,
  ): Promise<void> => {
    await store.replace(objects, resourceVersion)
    listed = ticket
    listedAt = clock.monotonic()
    options.onListed(ticket)
  }

  const keep = (objects: Map<string, T>, raw: RawObject): void => {
    const key = keyOf(raw)
    const held = store.get(key)
    const object = held && isSame(held, raw) ? held : (intake(raw) ?? held)
    if (object !== undefined) objects.set(key, object)
  }

  const listByPages = async (signal: AbortSignal): Promise<void> => {
    const ticket = wanted
    const objects = new Map<string, T>()
    let resourceVersion = ''
    for await (const page of listPages(client, resource, { ...scope, signal, limit: tuning.pageSize })) {
      options.onContact()
      for (const raw of page.items) {
        keep(objects, raw)
        await breathe()
      }
      resourceVersion = page.resourceVersion
    }
    await finishList(objects, resourceVersion, ticket)
  }

  const applyLive = (event: WatchEvent): void => {
    failures = 0
    if (event.kind === 'bookmark') return store.advance(event.resourceVersion)
    if (event.kind === 'deleted') return store.delete(event.object)
    const object = intake(event.object)
    if (object !== undefined) store.put(object)
    else store.advance(event.object.metadata.resourceVersion)
  }

  /** One watch; with `initial` it begins with a streaming list. */
  const follow = async (initial: boolean, signal: AbortSignal): Promise<void> => {
    const ticket = wanted
    const { minWatchSeconds, maxWatchSeconds, idleMs } = tuning
    const resourceVersion = store.position() ?? ''
    const events = client.watch(resource, {
      ...scope,
      signal,
      from: initial ? 'initial' : { resourceVersion },
      timeoutSeconds: Math.round(minWatchSeconds + random() * (maxWatchSeconds - minWatchSeconds)),
      idleMs,
    })
    let pending: Map<string, T> | undefined = initial ? new Map() : undefined
    let liveSince = clock.monotonic()
    let live = 0
    try {
      for await (const event of events) {
        options.onContact()
        await breathe()
        if (pending === undefined) {
          live += 1
          applyLive(event)
        } else if (event.kind === 'deleted') {
          pending.delete(keyOf(event.object))
        } else if (event.kind !== 'bookmark') {
          keep(pending, event.object)
        } else if (event.initialEnd) {
          await finishList(pending, event.resourceVersion, ticket)
          pending = undefined
          streaming = 'works'
          liveSince = clock.monotonic()
          options.onPhase({ phase: 'watching', since: clock.now() })
        }
      }
    } finally {
      if (pending === undefined && clock.monotonic() - liveSince >= healthyMs) failures = 0
    }
    const name = `WATCH ${resourceName(resource)}`
    if (pending !== undefined) throw new TransportError(name, 'reset', 'closed before the initial state was complete')
    const lasted = clock.monotonic() - liveSince
    if (live > 0 || lasted >= healthyMs) return
    throw new TransportError(name, 'reset', `closed after ${Math.round(lasted)} ms without an event`)
  }

  const list = async (signal: AbortSignal): Promise<void> => {
    options.onPhase({ phase: 'listing', since: clock.now() })
    // A proxy that buffers breaks streams without refusing them: then every second attempt goes by pages.
    if (streaming === 'unsupported' || brokenStreams % 3 === 2) {
      brokenStreams = 0
      return listByPages(signal)
    }
    const before = listed
    try {
      await follow(true, signal)
    } catch (error) {
      const refused = streaming === 'untried' && isApiError(error) && (error.code === 400 || error.code === 422)
      if (!refused) {
        if (listed === before) brokenStreams += 1
        throw error
      }
      log.info('the API server has no streaming lists; listing by pages', { error })
      streaming = 'unsupported'
      await listByPages(signal)
    }
  }

  const step = async (signal: AbortSignal): Promise<void> => {
    try {
      if (listed < wanted) {
        await list(signal)
      } else {
        options.onPhase({ phase: 'watching', since: clock.now() })
        await follow(false, signal)
      }
    } catch (error) {
      if (needsList(error)) wanted = Math.max(wanted, listed + 1)
      throw error
    }
    if (clock.monotonic() - listedAt >= tuning.relistMs) wanted += 1
  }

  const rest = async (error: unknown, signal: AbortSignal): Promise<void> => {
    failures += 1
    options.onFailure(error)
    options.onPhase({ phase: 'waiting', since: clock.now(), error, attempts: failures })
    const delay = backoffDelay(failures, { baseMs: tuning.minBackoffMs, maxMs: tuning.maxBackoffMs, random })
    const pauseMs = Math.max(delay, Math.min(askedPauseMs(error), tuning.maxBackoffMs * 2))
    log.warn('list or watch failed and is tried again', { error, attempts: failures, pauseMs: Math.round(pauseMs) })
    await clock.sleep(pauseMs, signal)
  }

  return {
    relist: () => {
      wanted += 1
      interrupt(new Interruption('a fresh list is wanted'))
      return wanted
    },
    run: async signal => {
      while (!signal.aborted) {
        using turn = linkAbort(signal)
        interrupt = reason => turn.abort(reason)
        try {
          await step(turn.signal).catch((error: unknown) =>
            turn.signal.aborted ? undefined : rest(error, turn.signal),
          )
        } catch (error) {
          if (!turn.signal.aborted) log.error('the pause after a failure failed', { error })
        }
      }
      options.onPhase({ phase: 'stopped' })
    },
  }
}

/** Whether a list brings what is held already: most of it, when a list is repeated. */
function isSame({ metadata: a }: Identified, { metadata: b }: Identified): boolean {
  return a.resourceVersion === b.resourceVersion && a.uid === b.uid
}

/**
 * Going on from the last version is impossible (compacted), or might miss something: a kind that was not served for a
 * while may have come back with other objects, and a refusal as invalid would be repeated for ever.
 */
function needsList(error: unknown): boolean {
  return isGone(error) || (isApiError(error) && [400, 404, 405, 422].includes(error.code))
}
