import { setTimeout as delay } from 'node:timers/promises'
import { RIGHT } from '../clock/fault.ts'
import { type Fate, PASS, type Script } from '../fate.ts'
import type { Station } from '../ground.ts'
import { type RunResult, carryOut } from '../run.ts'
import type { Workload } from '../workload.ts'
import { type Blow, RATE, type Wake, leavesAlone } from './blow.ts'
import type { Crew } from './crew.ts'
import { type Course, judge } from './judge.ts'

export type Duel = {
  readonly workload: Workload
  readonly wanted: unknown
  readonly replicas: number
  /** The blow falls at this write of the rollout. */
  readonly at: number
  readonly blow: Blow
}

export type DuelResult = RunResult & { readonly struck: boolean; readonly words: string }

const HOUR = 3_600_000
/** A leader may lose its lease again and again on a machine that is busy: that takes time, and nothing else. */
const WITHIN_MS = 60_000

/** One rollout, in the middle of which something happens to a replica. Never rejects for what the operator does. */
export async function fight(crew: Crew, duel: Duel, run: string): Promise<DuelResult> {
  const { workload, wanted, replicas, at, blow } = duel
  await crew.muster(replicas)
  const { ground, traffic } = crew
  const before = traffic.writes.length
  const course: Course = { blow, present: crew.stations().slice(0, replicas), misset: new Set(), ended: new Map() }
  const replaced = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const under: Promise<void>[] = []
  let successor = 0

  const woken = async (wake: Wake): Promise<void> => {
    if (wake.kind === 'soon') return await delay(wake.afterMs)
    if (wake.kind === 'end') return await over.promise
    await Promise.race([replaced.promise, over.promise])
  }
  const wake = (wanted: Wake, work: () => Promise<void> | void): void => {
    const waking = async (): Promise<void> => {
      await woken(wanted)
      course.wokenAt = performance.now()
      await work()
    }
    under.push(waking())
  }

  const strike = (who: string): Fate => {
    const leader = course.present.find(station => station.who === who)!
    const other = course.present.find(station => station.who !== who)!
    course.struckAt = performance.now()
    course.leader = leader
    switch (blow.kind) {
      case 'kill':
        if (blow.point !== 'told') return { kind: 'crash', point: blow.point }
        under.push(leader.process().signal('SIGTERM'))
        return PASS
      case 'freeze':
        under.push(leader.process().signal('SIGSTOP'))
        wake(blow.wake, async () => await leader.process().signal('SIGCONT'))
        if (!blow.late) return PASS
        return { kind: 'hold', until: Promise.race([replaced.promise, over.promise]), arrived: () => {} }
      case 'partition': {
        const lonely = blow.whom === 'leader' ? leader : other
        lonely.door.cut()
        wake(blow.heal, () => lonely.door.heal())
        return PASS
      }
      case 'offset':
      case 'rate':
        return blow.killed ? { kind: 'crash', point: 'committed' } : PASS
      case 'slow':
        return PASS
    }
  }

  const misset = (who: string): void => {
    if (blow.kind !== 'offset' && blow.kind !== 'rate') return
    const fault = blow.kind === 'offset' ? { ...RIGHT, offsetMs: blow.hours * HOUR } : { ...RIGHT, rate: RATE }
    for (const station of course.present) {
      if ((station.who === who) !== (blow.whom === 'leader')) continue
      station.clock?.set(fault)
      course.misset.add(station)
    }
  }
  const wrongFrom = blow.kind === 'offset' || blow.kind === 'rate' ? Math.max(1, at - blow.earlier) : undefined

  const script: Script = write => {
    if (write.class !== 'write') return PASS
    if (write.number === wrongFrom) misset(write.who)
    if (write.number === at) return strike(write.who)
    if (course.leader !== undefined && write.who !== course.leader.who && (successor += 1) === (wakeOf(blow) ?? 1))
      replaced.resolve()
    return PASS
  }

  const isSlow = (who: string): boolean =>
    blow.kind === 'slow' && who === course.leader?.who && performance.now() - (course.struckAt ?? Infinity) < blow.forMs
  const late = (who: string): Fate =>
    blow.kind === 'slow' && isSlow(who) ? { kind: 'hold', until: delay(blow.ms), arrived: () => {} } : PASS
  const slow = ground.proxy.join(
    { writes: ({ who }) => late(who), reads: ({ who }) => late(who), events: ({ who }) => eventFate(late(who)) },
    () => true,
  )

  const keepers = course.present.map(async station => await keepUp(station, course, over.promise, crew))
  let flaws: readonly string[] = []
  const settle = async (): Promise<void> => {
    over.resolve()
    await Promise.all([...under, ...keepers])
    flaws = await judge(course, traffic)
  }
  const result = await carryOut({
    ground,
    workload,
    run,
    script,
    calm: async () => {},
    wanted,
    settle,
    late: true,
    withinMs: WITHIN_MS,
  }).finally(async () => {
    slow.leave()
    // Whatever has become of the run: nobody is to bring replicas back after it.
    over.resolve()
    await Promise.allSettled(keepers)
  })
  const strange = traffic.writes
    .slice(before)
    .filter(
      ({ class: kind, object }) => kind === 'write' && !object.startsWith(`${run}/`) && !object.startsWith(`${run}-`),
    )
    .map(({ who, verb, object }) => `${who}: ${verb} ${object}, of a rollout that had ended`)
  const words = `${workload.name}, ${replicas} replicas, write ${at}: ${JSON.stringify(blow)}`
  const unwell = await crew.health()
  return {
    ...result,
    flaws: [...result.flaws, ...flaws, ...strange, ...unwell],
    struck: course.struckAt !== undefined,
    words,
  }
}

function wakeOf(blow: Blow): number | undefined {
  const wake = blow.kind === 'freeze' ? blow.wake : blow.kind === 'partition' ? blow.heal : undefined
  return wake?.kind === 'replaced' ? wake.writes : undefined
}

function eventFate(fate: Fate) {
  return fate.kind === 'hold' ? ({ kind: 'hold', until: fate.until } as const) : PASS
}

/** Who ends without having been struck is started again, as a kubelet does, and it is noted. */
async function keepUp(station: Station, course: Course, over: Promise<void>, crew: Crew): Promise<void> {
  for (;;) {
    const ended = await Promise.race([station.process().exited.then(() => true), over.then(() => false)])
    if (!ended) return
    const { code } = await station.process().exited
    course.ended.set(station, { code, at: performance.now() })
    if (station === course.leader && !leavesAlone(course.blow)) return
    await crew.revive(station)
  }
}
