import type { EventFate, StreamedEvent } from './stream.ts'
import { type Faults, PASS } from './fate.ts'
import { PLURALS } from './observer.ts'
import { stillness } from './stillness.ts'

/** The nth version of a collection, as the scope of a run tells them. */
export type Notification = { readonly resource: string; readonly number: number }

type Nth = (event: StreamedEvent) => boolean

function once({ resource, number }: Notification): Nth {
  let met = false
  return event => {
    if (met || event.resource !== resource || event.number !== number || event.type === 'BOOKMARK') return false
    met = true
    return true
  }
}

/** What becomes of the notification, and what of every event of its collection after it. */
function at(notification: Notification, fate: () => EventFate, then: (event: StreamedEvent) => EventFate = () => PASS) {
  const isIt = once(notification)
  let met = false
  return (event: StreamedEvent): EventFate => {
    if (isIt(event)) {
      met = true
      return fate()
    }
    return met && event.resource === notification.resource ? then(event) : PASS
  }
}

/**
 * Events of other objects are told meanwhile, but for recoveries: which of two was asked for first decides what becomes of
 * them, and no server shows the second alone.
 */
function hide({ resource }: Notification, until: Promise<'overtaken' | 'missed'>): EventFate {
  if (resource !== PLURALS.recovery) return { kind: 'lose', until }
  return { kind: 'hold', until: until.then(() => {}), coalesce: true }
}

/** Not told until the object changes again; when nothing more happens without it, the replica has to list. */
export function untilUndone(notification: Notification): Faults {
  const quiet = stillness()
  const { promise: overtaken, resolve } = Promise.withResolvers<'overtaken'>()
  const isIt = once(notification)
  let hidden: string | undefined
  return quiet.noticing({
    events: event => {
      if (event.object === hidden && event.resource === notification.resource) resolve('overtaken')
      if (!isIt(event)) return PASS
      hidden = event.object
      return hide(notification, Promise.race([overtaken, quiet.still().then(() => 'missed' as const)]))
    },
  })
}

/** Never told at all, as when the connection broke and the history was compacted meanwhile. */
export function lost(notification: Notification): Faults {
  const quiet = stillness()
  const until = async () => await quiet.still().then(() => 'missed' as const)
  return quiet.noticing({ events: at(notification, () => hide(notification, until())) })
}

/** The same for the nth deletion of a node: a list that is read anew does not name it. */
export function lostDeletion(nth: number): Faults {
  const quiet = stillness()
  const until = async () => await quiet.still().then(() => 'missed' as const)
  let deletions = 0
  return quiet.noticing({
    events: ({ type, resource }) => {
      if (type !== 'DELETED' || resource !== PLURALS.node || (deletions += 1) !== nth) return PASS
      return { kind: 'lose', until: until() }
    },
  })
}

/** Waits with all that comes after it, of which only the last of each object is told then. */
export function coalesced(notification: Notification, writes: number): Faults {
  const quiet = stillness()
  const hold = () => ({ kind: 'hold', until: quiet.writes(writes), coalesce: true }) as const
  return quiet.noticing({ events: at(notification, hold) })
}

/** Seen only after the replica has written so much without it, or cannot go on. */
export function late(notification: Notification, writes: number): Faults {
  const quiet = stillness()
  return quiet.noticing({ events: at(notification, () => ({ kind: 'hold', until: quiet.writes(writes) })) })
}

/** From it on the watch is silent, and stays open. */
export function silent(notification: Notification, over: Promise<void>): Faults {
  return { events: at(notification, () => ({ kind: 'silence', until: over })) }
}

/** The watch breaks at it, and cannot go on where it was: bookmarks that would have told of a later version are lost. */
export function expired(notification: Notification): Faults {
  const broken = at(notification, () => ({ kind: 'cut' }))
  let refused = false
  let met = false
  return {
    events: event => {
      if (event.type === 'BOOKMARK' && !event.initial) return { kind: 'drop' }
      const fate = broken(event)
      met ||= fate.kind === 'cut'
      return fate
    },
    reads: ({ verb, resource }) => {
      if (!met || refused || verb !== 'watch' || resource !== notification.resource) return PASS
      refused = true
      return { kind: 'refuse', code: 410, reason: 'Expired', inStream: true }
    },
  }
}
