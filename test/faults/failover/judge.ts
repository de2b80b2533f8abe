import { until } from '../../cluster/wait.ts'
import type { Station } from '../ground.ts'
import type { TracedWrite } from '../trace.ts'
import { type Blow, leavesAlone, takesAway } from './blow.ts'
import { type Crew, LEASE } from './crew.ts'

/** What came to pass in one rollout, besides the rollout. Times are monotonic milliseconds. */
export type Course = {
  readonly blow: Blow
  readonly present: readonly Station[]
  /** Who led when the blow fell, and when that was. */
  leader?: Station
  struckAt?: number
  /** When the one that was struck could act again. */
  wokenAt?: number
  /** Whose clocks were set wrong. */
  readonly misset: Set<Station>
  readonly ended: Map<Station, { readonly code: number | null; readonly at: number }>
}

const RETRY_MS = LEASE.retryPeriodSeconds * 1000 * 1.2
/** Lease, one retry with its jitter, and two seconds to list everything and go on. */
const TAKEOVER_MS = LEASE.durationSeconds * 1000 + RETRY_MS + 2_000
/** A lease that was given back is taken at the next retry; so long that takes on a machine that is busy. */
const HANDED_OVER_MS = RETRY_MS + 1_000
/** A leader that has lost its lease waits a second for its work, and ends. */
const ENDS_WITHIN_MS = 8_000
/** A leader whose renewals come so late was kept from the processor by its neighbours in this rig. */
const STARVED_MS = 1_200

export async function judge(course: Course, traffic: Crew['traffic']): Promise<readonly string[]> {
  const { blow, leader, struckAt } = course
  if (leader === undefined || struckAt === undefined) return []
  const next = async (): Promise<TracedWrite | undefined> =>
    await until(() => successes(traffic.writes, 'lease').find(({ who, at }) => who !== leader.who && at > struckAt), {
      what: 'another replica has the lease',
      withinMs: TAKEOVER_MS,
      everyMs: 20,
    }).catch(() => undefined)

  const flaws: string[] = []
  const successor = takesAway(blow) ? await next() : undefined
  if (takesAway(blow)) {
    const took = successor === undefined ? undefined : successor.at - struckAt
    if (took === undefined || took > TAKEOVER_MS) flaws.push(`nobody took over within ${TAKEOVER_MS} ms`)
    if (blow.kind === 'kill' && blow.point === 'told' && successor !== undefined)
      flaws.push(...handedOver(successes(traffic.writes, 'lease'), leader, successor))
  }
  flaws.push(
    ...(await end(course)),
    ...(await clocks(course)),
    ...zombie(course, traffic.writes),
    ...unstruck(course, traffic.writes),
  )
  return flaws
}

/** How the one that was struck ends. */
async function end({ blow, leader, ended }: Course): Promise<readonly string[]> {
  if (leader === undefined || !takesAway(blow)) return []
  const wanted = exitOf(blow)
  const gone = await until(() => leader.process().hasExited(), {
    what: 'it ends',
    withinMs: ENDS_WITHIN_MS,
    everyMs: 20,
  }).catch(() => false)
  if (!gone) return [`${leader.who} lost its lease and did not end`]
  const { code } = ended.get(leader) ?? (await leader.process().exited)
  return code === wanted ? [] : [`${leader.who} ended with ${code}, not with ${wanted}`]
}

function exitOf(blow: Blow): number | null {
  if (blow.kind === 'freeze' || blow.kind === 'partition') return 1
  return blow.kind === 'kill' && blow.point === 'told' ? 0 : null
}

/** What a leader that has lost its lease writes when it can again changes nothing. */
function zombie({ blow, leader, wokenAt }: Course, writes: readonly TracedWrite[]): readonly string[] {
  if (!takesAway(blow) || wokenAt === undefined) return []
  return writes
    .filter(({ who, at, class: kind }) => who === leader?.who && at > wokenAt && kind !== 'event')
    .filter(({ code = 500 }) => code < 300)
    .map(({ who, verb, object }) => `${who} woke up without its lease: ${verb} ${object} was accepted`)
}

/** Whether the clocks that were to be wrong were. */
async function clocks({ misset }: Course): Promise<readonly string[]> {
  const running = [...misset].filter(station => !station.process().hasExited())
  const outcomes = await Promise.allSettled(running.map(async station => await station.clock?.taken()))
  return outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [`the rig: ${String(outcome.reason)}`] : []))
}

/** A replica that nothing has happened to goes on, unless it was short of processor time. */
function unstruck({ blow, leader, ended }: Course, writes: readonly TracedWrite[]): readonly string[] {
  return [...ended]
    .filter(([station]) => station !== leader || leavesAlone(blow))
    .filter(([{ who }, { at }]) => !starved(who, at, writes))
    .map(([{ who }, { code }]) => `${who} ended with ${code}, and nothing had happened to it`)
}

function starved(who: string, at: number, writes: readonly TracedWrite[]): boolean {
  const renewals = successes(writes, 'lease').filter(write => write.who === who && write.at > at - 10_000)
  const times = [...renewals.map(write => write.at), at]
  return times.some((time, position) => position > 0 && time - times[position - 1]! > STARVED_MS)
}

function handedOver(leases: readonly TracedWrite[], leader: Station, successor: TracedWrite): readonly string[] {
  const last = leases.findLast(({ who, at }) => who === leader.who && at < successor.at)
  const gap = successor.at - (last?.at ?? -Infinity)
  return gap > HANDED_OVER_MS ? [`the lease was taken ${Math.round(gap)} ms after it could have been given back`] : []
}

function successes(writes: readonly TracedWrite[], kind: TracedWrite['class']): readonly TracedWrite[] {
  return writes.filter(write => write.class === kind && write.code !== undefined && write.code < 300)
}
