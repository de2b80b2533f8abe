import { until } from '../cluster/wait.ts'
import type { Script } from './fate.ts'
import { type Ground, type GroundOptions, type Station, startGround } from './ground.ts'
import { healthOf } from './health.ts'
import { lateFlaws } from './late.ts'
import type { Process } from './replica.ts'
import { type RunResult, carryOut } from './run.ts'
import type { Workload } from './workload.ts'

/**
 * A cluster with one replica that is started again whenever a script kills it. Runs that leave the replica alone may be
 * under way side by side; others come one after the other.
 */
export type Lane = {
  run(workload: Workload, script: Script, wanted?: unknown): Promise<RunResult & { readonly crashes: number }>
  log(): Promise<string>
  stop(): Promise<void>
}

/** The replica keeps its identity, as a container of a StatefulSet does, and so has its lease at once when it is back. */
const LEASE = { durationSeconds: 60, renewDeadlineSeconds: 40, retryPeriodSeconds: 0.1 }

export async function startLane(name: string, options: GroundOptions = {}): Promise<Lane> {
  const ground = await startGround(options)
  const { proxy } = ground
  const station = await ground.station('a', LEASE)
  await settled(ground, station, 0, () => false)
  const health = healthOf(station)
  let count = 0
  let strangers = 0
  let crashes = 0
  let reviving: Promise<void> | undefined
  /** What a run leaves stays until the next one is over, which shows whether it is left in peace. */
  const leftovers: (() => Promise<void>)[] = []

  /** Processes that are killed, or will be. Several writes of one of them may be what it is killed for. */
  const doomed = new WeakSet<Process>()
  /** Brings the replica back, also when it is killed while it is coming back. */
  const revive = async (): Promise<void> => {
    while (doomed.has(station.process())) {
      await station.process().exited
      const renewals = proxy.succeeded(station.who, 'lease')
      await station.restart()
      await settled(ground, station, renewals, () => doomed.has(station.process()))
    }
    reviving = undefined
  }
  const killed = (): void => {
    crashes += 1
    doomed.add(station.process())
    reviving ??= revive()
    reviving.catch(() => {})
  }

  return {
    run: async (workload, script, wanted) => {
      const run = `${name}${(count += 1)}`
      const before = crashes
      const watched: Script = write => {
        const fate = script(write)
        if (fate.kind === 'crash') killed()
        return fate
      }
      const older = leftovers.splice(0)
      const result = await carryOut({
        ground,
        workload,
        run,
        script: watched,
        calm: async () => await reviving,
        leaves: clear => void leftovers.push(clear),
        ...(wanted === undefined ? {} : { wanted }),
      })
      await reviving
      await Promise.all(older.map(async clear => await clear()))
      const late = proxy.strangers().slice(strangers)
      strangers += late.length
      const flaws = [...result.flaws, ...lateFlaws(late, ground), ...(await health.flaws()), ...(await ended(station))]
      return { ...result, flaws, crashes: crashes - before }
    },
    log: async () => await station.log(),
    stop: async () => await ground.stop(),
  }
}

async function ended({ process }: Station): Promise<readonly string[]> {
  if (!process().hasExited()) return []
  const { code, signal } = await process().exited
  return [`the replica has ended by itself, with ${code ?? signal}`]
}

/** Resolves when the replica leads and has looked at everything (it renews its lease beside that work), or is killed. */
async function settled(
  { proxy }: Ground,
  { who, process, log }: Station,
  renewals: number,
  isKilled: () => boolean,
): Promise<void> {
  const leads = async () => {
    if (isKilled()) return true
    if (process().hasExited()) throw new Error(`the replica has ended by itself:\n${await log()}`)
    return proxy.succeeded(who, 'lease') >= renewals + 2
  }
  try {
    await until(leads, { what: `${who} leads`, withinMs: 30_000, everyMs: 10 })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; its log ends:\n${await log()}`, {
      cause: error,
    })
  }
}
