import { setTimeout as delay } from 'node:timers/promises'
import { expectSuccess } from '../cluster/admin-client.ts'
import { until } from '../cluster/wait.ts'
import type { Faults } from './fate.ts'
import { type Ground, type GroundOptions, type Station, startGround } from './ground.ts'
import { healthOf } from './health.ts'
import { lateFlaws } from './late.ts'
import { KINDS } from './observer.ts'
import type { LeaseTiming } from './replica.ts'
import { type RunResult, carryOut } from './run.ts'
import type { TracedWrite } from './trace.ts'
import { turnstile } from './turnstile.ts'
import { type Workload, nodeOf } from './workload.ts'

/**
 * A cluster with one replica whose time passes ten times as fast, so that what it waits for when the API server fails
 * costs little. Several runs may be under way on it, each in a namespace of its own. A replica that ends is started
 * again, as a kubelet would.
 */
export type Track = {
  run(options: TrackRun): Promise<RunResult>
  log(): Promise<string>
  stop(): Promise<void>
}

export type TrackRun = {
  readonly workload: Workload
  readonly wanted: unknown
  readonly faults: (scene: Scene) => Faults
  /** Nothing else may be under way: what is disturbed is everybody's. */
  readonly alone?: boolean
  /** See `RunOptions`. */
  readonly withinMs?: number
  /** The replica may end by itself: it is kept from its lease. */
  readonly mayEnd?: boolean
}

/** `rate`: default `RATE`. */
export type TrackOptions = GroundOptions & { readonly rate?: number }

/** What faults may reach beside what they are asked about. */
export type Scene = {
  /** Names the run's namespace and nodes. */
  readonly run: string
  /** Resolves at the end of the run. */
  readonly over: Promise<void>
  /** Deletes a node of the run and creates another machine under its name. */
  replace(node: string): Promise<void>
}

/** So many of the replica's seconds pass in one. */
export const RATE = 10
/** In the replica's seconds. Nobody else wants the lease, and a machine that is busy must not lose it. */
export const LONG_LEASE: LeaseTiming = { durationSeconds: 600, renewDeadlineSeconds: 400, retryPeriodSeconds: 2.5 }

const WITHIN_MS = 40_000
/** So long the replica has for looking at what it is told at last. */
const NOTICE_MS = 60
/** After an end that nobody wished for, as long as a kubelet waits at least. */
const RESTART_MS = 100

export async function startTrack(
  name: string,
  lease = LONG_LEASE,
  { rate = RATE, ...options }: TrackOptions = {},
): Promise<Track> {
  const ground = await startGround(options)
  const { proxy } = ground
  const station = await ground.station('a', lease, { clock: { offsetMs: 0, rate } })
  await leads(ground, station, 0)
  await proxy.record()
  const gate = turnstile()
  const health = healthOf(station)
  let count = 0
  const state = { stopping: false }
  /** Ends that were the replica's own doing, and all. */
  const ends: string[] = []
  let endings = 0
  let calm: Promise<void> | undefined

  const keep = async (): Promise<void> => {
    while (!state.stopping) {
      const { code, signal } = await station.process().exited
      if (state.stopping) return
      endings += 1
      if (signal !== 'SIGKILL') ends.push(`it ended with ${code ?? signal}`)
      const renewals = proxy.succeeded(station.who, 'lease')
      const { promise, resolve } = Promise.withResolvers<void>()
      calm = promise
      await delay(RESTART_MS)
      try {
        await station.restart()
      } catch (error) {
        // The ground is being cleared while it comes back.
        if (state.stopping) return
        throw error
      }
      await leads(ground, station, renewals).catch(() => {})
      resolve()
    }
  }
  const keeping = keep()

  return {
    run: async ({ workload, wanted, faults, alone = false, mayEnd = false, withinMs = WITHIN_MS }) => {
      using _ = await gate.enter(alone)
      const run = `${name}${(count += 1)}`
      const [endedBefore, endingsBefore, strange] = [ends.length, endings, proxy.strangers().length]
      const alive = () => !mayEnd && endings === endingsBefore
      const { promise: over, resolve: end } = Promise.withResolvers<void>()
      const replace = async (node: string): Promise<void> => {
        const place = Number(node.slice(run.length + 1))
        const machine = nodeOf(workload.nodes[place] ?? {}, place, run, true)
        expectSuccess(`deleting ${node}`, await ground.cluster.request('DELETE', `${KINDS.node}/${node}`))
        expectSuccess(`replacing ${node}`, await ground.cluster.request('POST', KINDS.node, machine))
      }
      const script = faults({ run, over, replace })
      let endedAt = Infinity
      const settle = async (): Promise<void> => {
        endedAt = performance.now()
        end()
        await calm
        if (!alone || proxy.kept() === 0) return
        await until(() => proxy.kept() === 0, { what: 'everything is told', withinMs: 10_000, everyMs: 10 })
        await delay(NOTICE_MS)
      }
      const options = { ground, workload, run, script, wanted, delayed: true, withinMs, settle, alive }
      const result = await carryOut({ ...options, calm: async () => await calm })
      const isLate = ({ class: kind, at }: TracedWrite) => kind === 'write' && at > endedAt
      const flaws = [
        ...result.flaws,
        ...(mayEnd ? [] : ends.slice(endedBefore)),
        ...(await health.flaws()),
        ...lateFlaws([...result.trace, ...proxy.strangers().slice(strange)].filter(isLate), ground),
      ]
      return { ...result, flaws }
    },
    log: async () => await station.log(60),
    stop: async () => {
      state.stopping = true
      await ground.stop()
      await keeping
    },
  }
}

/** Resolves when the replica leads and has looked at everything. */
async function leads({ proxy }: Ground, { who, process, log }: Station, renewals: number): Promise<void> {
  const done = () => process().hasExited() || proxy.succeeded(who, 'lease') >= renewals + 2
  try {
    await until(done, { what: `${who} leads`, withinMs: 30_000, everyMs: 20 })
  } catch (cause) {
    throw new Error(`${who} does not lead; its log ends:\n${await log()}`, { cause })
  }
}
