import type { Debts } from './debts.ts'
import type { AnyObject } from './watch.ts'

/** One event of a watch, on its way to a replica. */
export type StreamedEvent = {
  readonly who: string
  /** Plural: `nodes`. */
  readonly resource: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  /** `namespace/name`, or `name`; empty for bookmarks. */
  readonly object: string
  readonly uid: string
  /** resourceVersion, as a number. */
  readonly at: number
  /** Among the versions of this collection within the script's scope, from 1; the same when an event is told again. */
  readonly number: number
  /** Part of the state that a watch begins with. */
  readonly initial: boolean
}

/** What becomes of an event, and of the stream with it. Events are never put in another order: no server does that. */
export type EventFate =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'duplicate' }
  /** This event and all after it wait. With `coalesce`, only the last of each object's waiting events goes on then. */
  | { readonly kind: 'hold'; readonly until: Promise<void>; readonly coalesce?: boolean }
  /** The connection breaks before it. */
  | { readonly kind: 'cut' }
  /** From here on nothing comes any more, and the connection stays; at the end it breaks. */
  | { readonly kind: 'silence'; readonly until: Promise<void> }
  /**
   * Not told. What comes later of the same object makes up for it; where nothing does (`missed`), the watch is ended as
   * one is whose version is compacted, and a list must show it: no server loses an event otherwise.
   */
  | { readonly kind: 'lose'; readonly until: Promise<'overtaken' | 'missed'> }
  /** The server says that the version to go on from is compacted, and ends the watch. */
  | { readonly kind: 'expire' }

/** Asked once for each event of each watch, when it arrives; an event that waits keeps nobody from asking for the next. */
export type EventScript = (event: StreamedEvent) => EventFate

type WireEvent = { readonly type: StreamedEvent['type']; readonly object: AnyObject }

type Waiting = { readonly line: string; readonly key: string; readonly at: number; readonly fate: EventFate }

export type RelayOptions = {
  /** What the API server sends, or a recording of it: one event a line. */
  readonly lines: AsyncIterable<string>
  readonly ask: (event: Omit<StreamedEvent, 'who' | 'number'>) => EventFate
  /** Resolves when the network lets something pass. */
  readonly passes: () => Promise<void>
  /** Resolves when it has left this process. */
  readonly write: (text: string) => Promise<void>
  /** Breaks the connection. */
  readonly cut: () => void
  /** The replica has gone. */
  readonly signal: AbortSignal
  readonly resource: string
  /** An event was sent on. */
  readonly told: (event: Pick<StreamedEvent, 'resource' | 'object'>) => void
  /** Something is kept from the replica until the function returned is called. */
  readonly keep: () => () => void
  /** Whether the watch begins with the present state. */
  readonly initial: boolean
  /** What is lost on this watch, and on those before it. */
  readonly debts: Debts
}

/** Sends the events of one watch on, each as its fate wants. Resolves at the end of the stream. */
export async function relay(options: RelayOptions): Promise<void> {
  const { lines, ask, passes, write, cut, signal, resource, keep, told, debts } = options
  const waiting: Waiting[] = []
  let ended = false
  let left = Promise.resolve()
  let wake = () => {}
  const gone = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))

  const kept = async (until: Promise<unknown>): Promise<void> => {
    const giveBack = keep()
    await Promise.race([until, gone])
    giveBack()
  }

  const read = async (): Promise<void> => {
    let { initial } = options
    for await (const line of lines) {
      const event = JSON.parse(line) as WireEvent
      const { type } = event
      const about = aboutOf(event)
      waiting.push({ line, key: about.object, at: about.at, fate: ask({ ...about, type, resource, initial }) })
      if (type === 'BOOKMARK' && event.object.metadata.annotations?.[INITIAL_END] === 'true') initial = false
      wake()
    }
  }
  const reading = read().finally(() => {
    ended = true
    wake()
  })
  reading.catch(() => {})

  while (!signal.aborted) {
    const next = waiting.shift()
    if (next === undefined) {
      if (ended) return await reading
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      await Promise.race([promise, gone])
      continue
    }
    const { line, key, at, fate } = next
    await passes()
    switch (fate.kind) {
      case 'pass':
        left = write(`${line}\n`)
        told({ resource, object: key })
        break
      case 'drop':
        break
      case 'lose': {
        const pay = debts.owe(at)
        void kept(fate.until).then(async () => {
          const outcome = await Promise.race([fate.until, gone])
          if (outcome === 'overtaken') pay()
          if (outcome !== 'missed') return
          waiting.unshift({ line: '', key: '', at, fate: { kind: 'expire' } })
          wake()
        })
        break
      }
      case 'duplicate':
        left = write(`${line}\n${line}\n`)
        told({ resource, object: key })
        break
      case 'hold':
        await kept(fate.until)
        waiting.unshift({ ...next, fate: { kind: 'pass' } })
        if (fate.coalesce) coalesce(waiting)
        break
      case 'cut':
        // What was told before it has been told: a socket that is destroyed takes along what waits in it.
        await Promise.race([left, gone])
        return cut()
      case 'silence':
        await Promise.race([fate.until, gone])
        return cut()
      case 'expire':
        void write(EXPIRY)
        debts.clear()
        return
    }
  }
}

const INITIAL_END = 'k8s.io/initial-events-end'

/** The last line of a watch that cannot go on from where it is. */
export const EXPIRY = `${JSON.stringify({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'The resourceVersion for the provided watch is too old.',
    reason: 'Expired',
    code: 410,
  },
})}\n`

function aboutOf({ type, object }: WireEvent): Pick<StreamedEvent, 'object' | 'uid' | 'at'> {
  if (type === 'ERROR') return { object: '', uid: '', at: 0 }
  const { uid, resourceVersion } = object.metadata
  const at = Number(resourceVersion)
  if (type === 'BOOKMARK') return { object: '', uid: '', at }
  return { object: nameOf(object), uid, at }
}

/** As events and requests have it: `namespace/name`, or `name`. */
export function nameOf({ metadata: { name, namespace } }: AnyObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** Keeps the last event of each object, where it stands; bookmarks stay. */
function coalesce(waiting: Waiting[]): void {
  const last = new Map(waiting.map(({ key }, position) => [key, position]))
  const kept = waiting.filter(({ key, fate }, position) => {
    return key === '' || fate.kind !== 'pass' || last.get(key) === position
  })
  waiting.splice(0, waiting.length, ...kept)
}
