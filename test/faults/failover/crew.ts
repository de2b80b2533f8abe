import { until } from '../../cluster/wait.ts'
import { RIGHT } from '../clock/fault.ts'
import { type Health, healthOf } from '../health.ts'
import { type Ground, type GroundOptions, type Station, startGround } from '../ground.ts'
import type { TracedRead, TracedWrite } from '../trace.ts'

/** Several replicas on one control plane, of which one leads. */
export type Crew = {
  readonly ground: Ground
  readonly stations: () => readonly Station[]
  /** All that they ask of the API server, in everybody's scope. */
  readonly traffic: { readonly writes: readonly TracedWrite[]; readonly reads: readonly TracedRead[] }
  /** Brings them to that number, all of them running, in touch, and with clocks that are right. */
  muster(count: number): Promise<void>
  /** Starts one anew that has ended. */
  revive(station: Station): Promise<void>
  /** See `Health`; of all of them. */
  health(): Promise<readonly string[]>
  log(): Promise<string>
  stop(): Promise<void>
}

export const LEASE = { durationSeconds: 3, renewDeadlineSeconds: 2.4, retryPeriodSeconds: 0.3 }

const NAMES = ['a', 'b', 'c']

export async function startCrew(options: GroundOptions = {}): Promise<Crew> {
  const ground = await startGround(options)
  const stations: Station[] = []
  const identities = new Map<Station, string>()
  const healths: Health[] = []
  let starts = 0
  const traffic = ground.proxy.join({}, () => true)

  const isUp = async (station: Station): Promise<boolean> => {
    if (station.process().hasExited())
      throw new Error(`replica ${station.who} has ended by itself:\n${await station.log()}`)
    const seen = await station.log(200)
    return seen.split('\n').some(line => line.includes(`"${identities.get(station)}"`) && line.includes('"holder"'))
  }
  const start = async (station: Station): Promise<void> => {
    const identity = `${station.who}-${(starts += 1)}`
    identities.set(station, identity)
    await station.restart(identity)
  }

  return {
    ground,
    stations: () => stations,
    traffic: { writes: traffic.trace, reads: traffic.reads },
    muster: async count => {
      while (stations.length < count) {
        const station = await ground.station(NAMES[stations.length] ?? '', LEASE, { clock: true })
        identities.set(station, station.who)
        stations.push(station)
        healths.push(healthOf(station))
      }
      for (const station of stations.slice(count)) await station.process().kill()
      const present = stations.slice(0, count)
      for (const station of present) {
        station.door.heal()
        station.clock?.set(RIGHT)
        await station.process().signal('SIGCONT')
      }
      await Promise.all(
        present.map(async station => {
          if (station.process().hasExited()) await start(station)
          await until(async () => await isUp(station), {
            what: `replica ${station.who} knows who leads`,
            withinMs: 20_000,
            everyMs: 30,
          })
          await station.clock?.taken()
        }),
      )
    },
    revive: start,
    health: async () => (await Promise.all(healths.map(async ({ flaws }) => await flaws()))).flat(),
    log: async () => (await Promise.all(stations.map(async station => await station.log(25)))).join('\n'),
    stop: async () => {
      traffic.leave()
      await ground.stop()
    },
  }
}
