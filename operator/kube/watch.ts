import { linkAbort } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import { ApiError, TransportError } from './errors.ts'
import { LineTooLongError, splitLines } from './lines.ts'
import type { RawObject } from './object.ts'
import { isRecord, refusalOf } from './refusal.ts'
import { collectionPath } from './resource.ts'
import type { Resource } from './resource.ts'
import type { Transport } from './transport.ts'
import { readObject } from './wire.ts'

export type WatchEvent =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: RawObject }
  /** All events up to this version have been sent. `initialEnd`: and so has the initial state. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string; readonly initialEnd: boolean }

export type WatchOptions = {
  readonly signal: AbortSignal
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /**
   * `initial`: the present state first, read consistently, as `added` events up to a bookmark with `initialEnd`
   * (a streaming list; the server answers 400 or 422 when it cannot). Otherwise the version to go on from.
   */
  readonly from: 'initial' | { readonly resourceVersion: string }
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number
  /** How long the stream may go without a whole event. Servers send a bookmark about once a minute. */
  readonly idleMs: number
}

/** Objects are at most 3 MiB on the wire. */
const longestLine = 8 * 1024 * 1024

/**
 * One watch, from its opening to its end.
 *
 * Ends when the server ends it. Throws `ApiError` when the server refuses it, at the opening or by an ERROR event in
 * the stream; `TransportError` when the connection breaks, falls silent, or carries something that is no event; and the
 * signal's reason when the caller gives up.
 */
export async function* openWatch(
  transport: Transport,
  clock: Clock,
  resource: Resource,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, void> {
  const { namespace, labelSelector, fieldSelector, from, timeoutSeconds, idleMs } = options
  const path = collectionPath(resource, namespace)
  const name = `WATCH ${path}`
  using silence = startSilenceLimit(clock, options.signal, idleMs, name)
  const position =
    from === 'initial'
      ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from.resourceVersion }
  const bytes = await transport.stream({
    method: 'GET',
    path,
    query: { watch: true, allowWatchBookmarks: true, timeoutSeconds, labelSelector, fieldSelector, ...position },
    signal: silence.signal,
  })
  try {
    for await (const line of splitLines(bytes, longestLine)) {
      silence.heard()
      yield readEvent(resource, name, line)
    }
  } catch (error) {
    throw error instanceof LineTooLongError ? new TransportError(name, 'too_large', error.message, error) : error
  }
}

function readEvent(resource: Resource, name: string, line: string): WatchEvent {
  const event = parse(name, line)
  switch (event.type) {
    case 'ADDED':
      return { kind: 'added', object: identified(resource, name, event.object) }
    case 'MODIFIED':
      return { kind: 'modified', object: identified(resource, name, event.object) }
    case 'DELETED':
      return { kind: 'deleted', object: identified(resource, name, event.object) }
    case 'BOOKMARK': {
      const { metadata } = readObject(resource as Resource<RawObject>, name, event.object)
      const initialEnd = metadata.annotations?.['k8s.io/initial-events-end'] === 'true'
      return { kind: 'bookmark', resourceVersion: metadata.resourceVersion, initialEnd }
    }
    case 'ERROR':
      throw errorEvent(name, event.object)
    default:
      throw new TransportError(name, 'bad_response', `unknown kind of event: ${JSON.stringify(event.type)}`)
  }
}

function parse(name: string, line: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const value: unknown = JSON.parse(line)
    if (isRecord(value)) return value
  } catch (cause) {
    throw new TransportError(name, 'bad_response', 'a line of the stream is not JSON', cause)
  }
  throw new TransportError(name, 'bad_response', 'a line of the stream is no event')
}

function identified(resource: Resource, name: string, value: unknown): RawObject {
  const object = readObject(resource as Resource<RawObject>, name, value)
  const { name: objectName, uid, resourceVersion } = object.metadata as Partial<RawObject['metadata']>
  if (objectName && uid && resourceVersion) return object
  throw new TransportError(name, 'bad_response', `an event's ${resource.kind} has no name, uid or resourceVersion`)
}

function errorEvent(name: string, value: unknown): ApiError {
  const status = isRecord(value) ? value : {}
  const body = refusalOf(status)
  const seconds = body.details?.retryAfterSeconds
  const code = typeof status.code === 'number' ? status.code : 500
  return new ApiError(name, code, body, seconds === undefined ? undefined : seconds * 1000)
}

type SilenceLimit = Disposable & {
  readonly signal: AbortSignal
  heard(): void
}

/**
 * Aborts when nothing was heard for `ms`: a peer that vanished without a word is found by nothing else. Bytes alone are
 * nothing: a peer that lets them trickle, and never ends a line, tells as little.
 */
function startSilenceLimit(clock: Clock, caller: AbortSignal, ms: number, name: string): SilenceLimit {
  const linked = linkAbort(caller)
  let heardAt = clock.monotonic()
  let cancel = () => {}
  const arm = (after: number) => {
    cancel = clock.timer(after, () => {
      const left = heardAt + ms - clock.monotonic()
      if (left > 0) arm(left)
      else linked.abort(new TransportError(name, 'timeout', `silent for ${ms} ms`))
    })
  }
  arm(ms)
  return {
    signal: linked.signal,
    heard: () => {
      heardAt = clock.monotonic()
    },
    [Symbol.dispose]: () => {
      cancel()
      linked[Symbol.dispose]()
    },
  }
}
