import { askOf } from './ask.ts'
import { type Fate, type Faults, PASS } from './fate.ts'
import type { Notification } from './hidden.ts'
import { stillness } from './stillness.ts'

/**
 * The watch breaks at the notification, and goes on at a server that is behind: by a resumption that tells nothing new
 * for a while, or by a list that begins with the state of so many notifications ago.
 */
export function reconnected({ resource, number }: Notification, back: number, writes: number): Faults {
  const quiet = stillness()
  const seen: number[] = []
  const fates: Fate[] = []
  let broken = false
  return quiet.noticing({
    events: event => {
      if (event.resource !== resource || event.type === 'BOOKMARK') return PASS
      seen.push(event.at)
      if (broken || event.number !== number) return PASS
      broken = true
      if (back > 0) fates.push({ kind: 'refuse', code: 410, reason: 'Expired', inStream: true })
      fates.push({ kind: 'stale', at: seen.at(-1 - back) ?? 0, until: quiet.writes(writes) })
      return { kind: 'cut' }
    },
    reads: read => (read.verb === 'watch' && read.resource === resource ? (fates.shift() ?? PASS) : PASS),
  })
}

/**
 * The replica is killed after a write was committed, and comes back to a server that is behind by so many notifications
 * until nothing happens any more, and with one collection behind the others for longer.
 */
export function restarted(write: number, back: number, resource: string, writes: number): Faults {
  const quiet = stillness()
  const seen: number[] = []
  let killed = false
  let held = false
  let caughtUp: Promise<void> | undefined
  return quiet.noticing({
    writes: ({ class: kind, number }) => {
      if (kind !== 'write' || number !== write || killed) return PASS
      killed = true
      return { kind: 'crash', point: 'committed' }
    },
    events: event => {
      if (event.type === 'BOOKMARK') return PASS
      if (!killed) seen.push(event.at)
      if (!killed || held || event.initial || event.resource !== resource) return PASS
      held = true
      return { kind: 'hold', until: quiet.writes(writes) }
    },
    reads: ({ verb }) => {
      if (!killed || verb !== 'watch') return PASS
      caughtUp ??= quiet.still()
      return { kind: 'stale', at: seen.at(-1 - back) ?? 0, until: caughtUp }
    },
  })
}

/** While the nth patch of a node is on its way, the node is replaced by another machine of its name. */
export function replacedOnTheWay(nth: number, replace: (node: string) => Promise<void>): Faults {
  let patches = 0
  return {
    writes: write => {
      if (askOf(write) !== 'node' || (patches += 1) !== nth) return PASS
      return { kind: 'hold', until: replace(write.object), arrived: () => {} }
    },
  }
}
