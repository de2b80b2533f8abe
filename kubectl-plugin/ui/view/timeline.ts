import type { HistoryBody } from '../../../operator/rest/schema/bodies.ts'
import { stamp } from './duration.ts'
import { plain } from './text.ts'

export type Moment = {
  readonly time: string
  /** `StageOpened`, `retry`, `halt refused`. */
  readonly what: string
  readonly stage: string
  /** Who asked for it; empty for what happened by itself. */
  readonly who: string
  /** The reason that was given, or what happened. */
  readonly why: string
  readonly kind: 'transition' | 'asked' | 'refused' | 'pending'
}

type Entry = HistoryBody['events'][number]

/** Newest first: what was done last is what a person looks for. */
export function momentsOf({ events }: HistoryBody, now: number): readonly Moment[] {
  return events.map(entry => momentOf(entry, now)).reverse()
}

function momentOf(entry: Entry, now: number): Moment {
  const { at, event, stage_id = '', operator, claimed_operator, message = '', code } = entry
  const claimed = claimed_operator === undefined ? '' : ` (as ${plain(claimed_operator)})`
  const refused = code === undefined ? '' : `${code}; asked because: `
  return {
    time: stamp(at, now),
    what: plain(whatOf(entry, event)),
    stage: plain(stage_id),
    who: operator === undefined ? plain(claimed) : `${plain(operator)}${claimed}`,
    why: plain(`${refused}${message}`),
    kind: kindOf(entry),
  }
}

function whatOf({ strategy, outcome }: Entry, event: string): string {
  if (strategy === undefined) return event
  if (outcome === 'rejected') return `${strategy} refused`
  return outcome === 'pending' ? `${strategy} asked for` : strategy
}

function kindOf({ strategy, outcome }: Entry): Moment['kind'] {
  if (outcome === 'rejected') return 'refused'
  if (outcome === 'pending') return 'pending'
  return strategy === undefined ? 'transition' : 'asked'
}
