import { ASKS, type Ask, askOf } from '../ask.ts'
import type { Campaign, Run } from '../campaign.ts'
import type { Fate } from '../fate.ts'
import { type Onset, lasting } from '../lasting.ts'
import type { Reference } from '../reference.ts'
import { type RunResult, judged } from '../run.ts'
import { RATE, type Track, startTrack } from '../track.ts'
import { TROUBLES, type Trouble } from '../troubles.ts'
import type { Workload } from '../workload.ts'
import { UNTIMED } from '../workloads/all.ts'

const POSITIONS = ['first', 'middle', 'last'] as const
type Position = (typeof POSITIONS)[number]

/** Half a minute of the replica's time: long enough for its backoff to show. */
const LASTS_MS = 3_000
/** What happens meanwhile wakes a plan out of its turn, and a server that asks for a second's pause is asked four times then. */
const OUT_OF_TURN = 10
/** Longer than the leader's deadline, which ends it. */
const LEASE_LASTS_MS = 6_000
const LEASE = { durationSeconds: 60, renewDeadlineSeconds: 40, retryPeriodSeconds: 2.5 }

/**
 * Each kind of request meets each trouble: from its first, its middle or its last one on, for half a minute of the
 * replica's time. Meanwhile nothing is asked for more than once a second, and afterwards all goes on.
 */
export const faultMatrix: Campaign<Track> = {
  name: 'fault-matrix',
  openLane: name => startTrack(name, LEASE),
  plan: async (_, references) => {
    const runs: Run<Track>[] = []
    const all = await Promise.all(UNTIMED.map(async workload => ({ workload, ...(await references.of(workload)) })))
    // Kinds of requests take turns: Events are sent aside, and are late for a while after a run that they failed in.
    for (const [number, trouble] of (Object.keys(TROUBLES) as Trouble[]).entries())
      for (const position of POSITIONS)
        for (const ask of ASKS) {
          const having = all.filter(({ asks }) => ask === 'watch' || ask === 'lease' || (asks[ask] ?? 0) >= 3)
          const reference = having[number % having.length] ?? most(all, ask)
          runs.push({
            id: [ask, trouble, position, reference.workload.name].join('/'),
            carryOut: async lane => {
              const lasts = ask === 'lease' ? LEASE_LASTS_MS : LASTS_MS
              const { faults, lastedMs } = lasting(
                ask,
                fateOf(ask, trouble, position),
                onset(ask, position, reference),
                lasts,
              )
              const { workload, endState: wanted } = reference
              const mayEnd = ask === 'lease'
              const result = await lane.run({ workload, wanted, faults: () => faults, alone: true, mayEnd })
              const unmet = lastedMs() === undefined ? ['the trouble has not come'] : []
              return judged({ ...result, flaws: [...result.flaws, ...unmet, ...haste(ask, result, lasts)] }, lane)
            },
          })
        }
    return runs
  },
}

type Entry = Reference & { readonly workload: Workload }

/** Where it is asked for most often. */
function most<T extends Pick<Reference, 'asks'>>(references: readonly T[], ask: Ask): T {
  const [first] = references.toSorted((a, b) => (b.asks[ask] ?? 0) - (a.asks[ask] ?? 0))
  if (first === undefined) throw new Error('there is no workload')
  return first
}

function fateOf(ask: Ask, trouble: Trouble, position: Position): Fate {
  const fate: Fate = TROUBLES[trouble]
  // A watch is refused when it opens, or by its first event.
  return fate.kind === 'refuse' && ask === 'watch' && position !== 'first' ? { ...fate, inStream: true } : fate
}

function onset(ask: Ask, position: Position, { workload, asks, versions, writes }: Entry): Onset {
  // Some things are asked for once less than in the reference, when two of them fall together.
  const nth = (count: number) => ({ first: 1, middle: Math.ceil(count / 2), last: Math.max(1, count - 2) })[position]
  if (ask === 'watch') {
    const told = Object.values(versions).reduce((sum, count) => sum + count, -workload.nodes.length)
    return { with: 'notification', number: nth(told) }
  }
  if (ask === 'lease') return { with: 'write', number: nth(writes.length) }
  return { with: 'request', number: nth(asks[ask] ?? 1) }
}

/** What was asked for more than once a second, of the replica's, while it was of no use. */
function haste(ask: Ask, { trace, reads }: RunResult, lastsMs: number): readonly string[] {
  const tries = new Map<string, number>()
  for (const request of [...trace, ...reads]) {
    if (request.fate === undefined || askOf(request) !== ask) continue
    const name = `${request.verb} ${request.resource} ${request.object}`
    tries.set(name, (tries.get(name) ?? 0) + 1)
  }
  const seconds = (lastsMs / 1000) * RATE
  return [...tries]
    .filter(([, count]) => count > seconds + OUT_OF_TURN)
    .map(([name, count]) => `${name} was asked for ${count} times in ${seconds} s`)
}
