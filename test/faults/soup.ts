import { setTimeout as delay } from 'node:timers/promises'
import { type Ask, askOf } from './ask.ts'
import { type Fate, type Faults, type IncomingRequest, PASS } from './fate.ts'
import { type Random, random } from './random.ts'
import type { EventFate } from './stream.ts'
import { TROUBLES, type Trouble } from './troubles.ts'

/** Least and most share of requests that meet a trouble. */
const LEAST = 0.05
const MOST = 0.2
/** What is everybody's meets the troubles of all runs that are under way. */
const COMMON: ReadonlySet<Ask | undefined> = new Set(['watch', 'lease'])
const COMMON_SHARE = 0.1
/** An event that is disturbed disturbs all that come after it. */
const EVENT_SHARE = 0.2

/**
 * Troubles of all kinds at random. What becomes of a request depends on the seed, on what is asked, and on how often it
 * was before, so that it is the same in every repetition.
 *
 * @param run  names of the run's objects begin with it
 */
export function soup(seed: number, run: string): Faults {
  const strength = LEAST + (MOST - LEAST) * (random(seed, 'strength').below(1001) / 1000)
  const counts = new Map<string, number>()
  const drawFor = (...words: readonly string[]): Random => {
    const name = words.join(' ')
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return random(seed, name, count)
  }
  const meet = (request: IncomingRequest): Fate => {
    const ask = askOf(request)
    const draw = drawFor(ask ?? request.resource, request.object.replace(run, ''))
    if (!draw.chance(COMMON.has(ask) ? strength * COMMON_SHARE : strength)) return PASS
    return TROUBLES[draw.pick(Object.keys(TROUBLES) as Trouble[])]
  }
  return {
    writes: meet,
    reads: meet,
    events: ({ type, initial, resource, object }) => {
      if (type === 'BOOKMARK') return PASS
      const draw = drawFor('event', resource, object.replace(run, ''))
      const fate = draw.chance(strength * EVENT_SHARE) ? eventFate(draw) : PASS
      // A list that a watch begins with is complete, or the watch ends before it is.
      return initial && fate.kind === 'lose' ? PASS : fate
    },
  }
}

function eventFate(draw: Random): EventFate {
  const ms = 20 + draw.below(200)
  switch (draw.pick(['duplicate', 'hold', 'coalesce', 'lose', 'cut', 'expire'] as const)) {
    case 'duplicate':
      return { kind: 'duplicate' }
    case 'hold':
      return { kind: 'hold', until: delay(ms) }
    case 'coalesce':
      return { kind: 'hold', until: delay(ms), coalesce: true }
    case 'lose':
      return { kind: 'lose', until: delay(ms).then(() => 'missed') }
    case 'cut':
      return { kind: 'cut' }
    case 'expire':
      return { kind: 'expire' }
  }
}
