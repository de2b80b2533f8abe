import { until } from '../cluster/wait.ts'
import type { CrashPoint, Script } from './fate.ts'
import { type Ground, type Station, startGround } from './ground.ts'
import { type RunResult, carryOut } from './run.ts'
import type { Workload } from './workload.ts'

/** A cluster with one replica that is started again whenever a script kills it; takes one run after the other. */
export type Lane = {
  run(workload: Workload, script: Script, wanted?: unknown): Promise<RunResult & { readonly crashed: boolean }>
  log(): Promise<string>
  /** Writes about runs that had ended, or were never begun. There should be none. */
  strangers(): Ground['proxy']['strangers'] extends () => infer R ? R : never
  stop(): Promise<void>
}

/** The replica keeps its identity, as a container of a StatefulSet does, and so has its lease at once when it is back. */
const LEASE = { durationSeconds: 60, renewDeadlineSeconds: 40, retryPeriodSeconds: 0.25 }

export async function startLane(name: string): Promise<Lane> {
  const ground = await startGround()
  const station = await ground.station('a', LEASE)
  await settled(ground, station, 0)
  let count = 0
  return {
    run: async (workload, script, wanted) => {
      const run = `${name}${(count += 1)}`
      let calm: Promise<void> | undefined
      const comeBack = async (): Promise<void> => {
        const renewals = ground.proxy.succeeded(station.who, 'lease')
        await station.restart()
        await settled(ground, station, renewals)
      }
      const watched: Script = write => {
        const fate = script(write)
        if (fate.kind === 'crash') {
          calm = comeBack()
          calm.catch(() => {})
        }
        return fate
      }
      const options = { ground, workload, run, script: watched, calm: async () => await calm }
      const result = await carryOut({ ...options, ...(wanted === undefined ? {} : { wanted }) })
      await calm
      return { ...result, crashed: calm !== undefined }
    },
    log: async () => await station.log(),
    strangers: () => ground.proxy.strangers() as never,
    stop: async () => await ground.stop(),
  }
}

/** Resolves when the replica leads and has looked at everything: it renews its lease beside that work. */
async function settled({ proxy }: Ground, { who, process, log }: Station, renewals: number): Promise<void> {
  const leads = async () => {
    if (process().hasExited()) throw new Error(`the replica has ended by itself:\n${await log()}`)
    return proxy.succeeded(who, 'lease') >= renewals + 2
  }
  try {
    await until(leads, { what: `${who} leads`, withinMs: 30_000, everyMs: 20 })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; its log ends:\n${await log()}`, {
      cause: error,
    })
  }
}

export type { CrashPoint }
