import { type Actors, startActors, worldOf } from './actors.ts'
import { difference, endStateOf } from './end-state.ts'
import type { Script } from './fate.ts'
import type { Ground } from './ground.ts'
import { flawsOf } from './invariants.ts'
import type { Observed } from './observer.ts'
import { type TracedWrite, linesOf } from './trace.ts'
import type { Workload } from './workload.ts'
import { type World, membersOf } from './world.ts'

export type RunOptions = {
  readonly ground: Ground
  readonly workload: Workload
  /** Names the run's namespace and nodes; of letters and digits, and used once in a cluster. */
  readonly run: string
  readonly script: Script
  /** See `Actors`. */
  readonly calm: () => Promise<void>
  /** The end state to reach; absent: whatever it rests in. */
  readonly wanted?: unknown
  /** Bound from the plan's creation to its end state; default 30 s. */
  readonly withinMs?: number
}

export type RunResult = {
  readonly trace: readonly TracedWrite[]
  readonly history: readonly Observed[]
  readonly endState: unknown
  /** What was wrong, in words; empty when nothing was. */
  readonly flaws: readonly string[]
  readonly tookMs: number
}

/** So long nothing may be written before a run without a wanted end counts as at rest; longer than the operator ever waits to write counts. */
const QUIET_MS = 2_500

/** Takes one workload through one script, and judges every write and the end of it. Never rejects for what the operator does. */
export async function carryOut(options: RunOptions): Promise<RunResult> {
  const { ground, workload, run, script, calm } = options
  const { cluster, observer, proxy } = ground
  const scope = ({ object }: { readonly object: string }) =>
    object.startsWith(`${run}/`) || object.startsWith(`${run}-`)
  const trace = proxy.follow(script, scope)
  const since = performance.now()
  const actors = await startActors({ cluster, observer, workload, run, calm })
  const flaws: string[] = []
  try {
    await ended(options, actors, trace)
  } catch (error) {
    flaws.push(error instanceof Error ? error.message : String(error))
  }
  const tookMs = performance.now() - since
  try {
    await actors.stop()
    await observer.caughtUp(run)
  } catch (error) {
    flaws.push(String(error))
  }
  const history = observer.history(run)
  const endState = endStateOf(worldOf(observer, run), run)
  return { trace, history, endState, tookMs, flaws: [...flaws, ...flawsOf(history)] }
}

async function ended(options: RunOptions, actors: Actors, trace: readonly TracedWrite[]): Promise<void> {
  const { ground, workload, run, wanted, withinMs = 30_000 } = options
  const { observer } = ground
  const rests = () => actors.stepsTaken() === workload.steps.length && atRest(worldOf(observer, run))
  if (wanted === undefined) {
    await observer.until(run, `${run} comes to rest`, withinMs, rests)
    await quiet(trace)
    return
  }
  const reached = () => rests() && difference(wanted, endStateOf(worldOf(observer, run), run)) === undefined
  try {
    await observer.until(run, `${run} ends as the reference`, withinMs, reached)
  } catch (error) {
    const gap = difference(wanted, endStateOf(worldOf(observer, run), run))
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${gap ?? 'steps are missing'}`, {
      cause: error,
    })
  }
}

function atRest(world: World): boolean {
  const { plan, recoveries } = world
  if (plan === undefined || recoveries.some(({ status }) => status.phase === 'Pending')) return false
  const moving = plan.spec.stages.some(({ id }) => membersOf(world, id).some(member => member.state === 'moving'))
  return !moving && ['completed', 'rolled_back', 'cancelled'].includes(plan.status.phase)
}

/** Resolves when no write was made for so long. */
async function quiet(trace: readonly TracedWrite[]): Promise<void> {
  const writes = () => trace.filter(write => write.class === 'write').length
  for (let before = -1; before !== writes();) {
    before = writes()
    await new Promise(resolve => setTimeout(resolve, QUIET_MS))
  }
}

/** A report on a run that went wrong, with the line that repeats it. */
export function reportOn(title: string, replay: string, { flaws, trace }: RunResult, log: string): string {
  return [
    `${title}:`,
    ...flaws.map(flaw => `  - ${flaw}`),
    'writes:',
    linesOf(trace),
    `repeat with: ${replay}`,
    'log:',
    log,
  ].join('\n')
}
