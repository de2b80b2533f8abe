import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../cluster/wait.ts'
import { auditFlaws } from './audit-trail.ts'
import { type Actors, everythingOf, startActors } from './actors.ts'
import type { Outcome } from './campaign.ts'
import { difference, endStateOf, outcomeOf } from './end-state.ts'
import { type Faults, PASS, type Script, noted } from './fate.ts'
import type { Ground } from './ground.ts'
import { flawsOf, isOver } from './invariants.ts'
import { type MaskedTrace, maskedTraceOf } from './masked-trace.ts'
import type { Observed } from './observer.ts'
import { type TracedRead, type TracedWrite, linesOf } from './trace.ts'
import { type Workload, draftsOf } from './workload.ts'
import { type Everything, membersOf, worldIn } from './world.ts'

export type RunOptions = {
  readonly ground: Ground
  readonly workload: Workload
  /** Names the run's namespace and nodes; of letters and digits, and used once in a cluster. */
  readonly run: string
  readonly script: Script | Faults
  /** See `Actors`. */
  readonly calm: () => Promise<void>
  /** The end state to reach; absent: whatever it rests in. */
  readonly wanted?: unknown
  /**
   * Whether things may be seen or done so late that others come first: a failure is seen when the next node has been told,
   * a confirmation after the rollback. Then a run may rest in another state, if every plan, stage and recovery ends in the
   * phase that is wanted.
   */
  readonly delayed?: boolean
  /** See `JudgeOptions`. */
  readonly late?: boolean
  /** Whether no replica has died or stopped leading meanwhile: then every transition is told. Default: it may have. */
  readonly alive?: () => boolean
  /** Takes what deletes all that the run leaves, to be called later; default: that is done at once. */
  readonly leaves?: (clear: () => Promise<void>) => void
  /** Awaited between the end state and the last look at it. */
  readonly settle?: () => Promise<void>
  /** Bound from the plan's creation to its end state; default 30 s. */
  readonly withinMs?: number
}

export type RunResult = {
  readonly trace: readonly TracedWrite[]
  readonly reads: readonly TracedRead[]
  readonly history: readonly Observed[]
  readonly endState: unknown
  /** What each object became, without what is free. */
  readonly masked: MaskedTrace
  /** Whether anything of the script has happened. */
  readonly struck: boolean
  /** What was wrong, in words; empty when nothing was. */
  readonly flaws: readonly string[]
  readonly tookMs: number
}

/** So long nothing may be written before a run without a wanted end counts as at rest; longer than the operator ever waits to write counts. */
const QUIET_MS = 2_500

/** So long nothing is committed in a run that rests in another state than its reference; longer than a still replica takes. */
const RESTED_MS = 1_500

/** So long replicas have for being told of the nodes before there is a plan: a watch that hangs may hold them up. */
const SEEN_WITHIN_MS = 20_000
/** So long they have for reading what they were told. */
const READ_WITHIN_MS = 25

/** So long an audit line may take. */
const TOLD_WITHIN_MS = 5_000

/**
 * Takes one workload through one script, and judges every write and the end of it. What befalls reads and watches begins
 * with the plan, and that when a replica has been told of the nodes: who is not seen when a stage opens is not of it.
 * Never rejects for what the operator does.
 */
export async function carryOut(options: RunOptions): Promise<RunResult> {
  const { ground, workload, run, script, calm, wanted, late = false, settle = async () => {} } = options
  const { cluster, observer, provider, proxy } = ground
  const scope = ({ object }: { readonly object: string }) =>
    object.startsWith(`${run}/`) || object.startsWith(`${run}-`)
  const { faults, struck } = noted(typeof script === 'function' ? { writes: script } : script)
  const { writes, ...views } = faults
  let begun = false
  const follower = proxy.join(
    {
      ...(writes ? { writes } : {}),
      reads: read => (begun ? (views.reads?.(read) ?? PASS) : PASS),
      events: event => (begun ? (views.events?.(event) ?? PASS) : PASS),
    },
    scope,
  )
  const { trace, reads } = follower
  const ready = async (nodes: readonly string[]): Promise<void> => {
    const told = () => nodes.every(name => follower.hasTold('nodes', name))
    await until(told, { what: 'replicas are told of the nodes', withinMs: SEEN_WITHIN_MS, everyMs: 5 })
    await delay(READ_WITHIN_MS)
    begun = true
  }
  const since = performance.now()
  const actors = await startActors({ cluster, observer, provider, workload, run, calm, ready })
  const flaws: string[] = []
  try {
    await ended(options, actors, trace)
  } catch (error) {
    flaws.push(error instanceof Error ? error.message : String(error))
  }
  const tookMs = performance.now() - since
  try {
    await actors.stop()
    await settle()
    await observer.caughtUp(run)
  } catch (error) {
    flaws.push(String(error))
  }
  const history = observer.history(run)
  const everything = everythingOf(observer, run)
  const endState = endStateOf(everything, run)
  flaws.push(...(await untoldIn(options, everything)))
  const [hoped, reached] = options.delayed ? [outcomeOf(wanted), outcomeOf(endState)] : [wanted, endState]
  const moved = wanted === undefined || flaws.length > 0 ? undefined : difference(hoped, reached)
  if (moved !== undefined) flaws.push(`the end did not last: ${moved}`)
  const masked = maskedTraceOf(history, everything, run)
  if (options.leaves === undefined) await actors.clear()
  else options.leaves(actors.clear)
  follower.leave()
  const found = { trace, reads, history, endState, masked, tookMs, struck: struck() }
  return { ...found, flaws: [...flaws, ...flawsOf(history, { late })] }
}

/** What is wrong with the audit lines, once they have had time to come: the answer to the last write may have been lost. */
async function untoldIn(
  { ground, run, alive = () => false }: RunOptions,
  everything: Everything,
): Promise<readonly string[]> {
  const flaws = async () => auditFlaws(await ground.logs(), run, everything, alive())
  const right = async () => !alive() || (await flaws()).length === 0
  await until(right, { what: 'the audit trail is right', withinMs: TOLD_WITHIN_MS, everyMs: 50 }).catch(() => {})
  return await flaws()
}

async function ended(options: RunOptions, actors: Actors, trace: readonly TracedWrite[]): Promise<void> {
  const { ground, workload, run, wanted, delayed = false, withinMs = 30_000 } = options
  const { observer } = ground
  const rests = () => actors.stepsTaken() === workload.steps.length && atRest(workload, everythingOf(observer, run))
  if (wanted === undefined) {
    await observer.until(run, `${run} comes to rest`, withinMs, rests)
    await quiet(trace)
    return
  }
  const reached = () => rests() && difference(wanted, endStateOf(everythingOf(observer, run), run)) === undefined
  const rested = () => {
    const since = observer.history(run).at(-1)?.seenAt ?? Infinity
    if (!delayed || Date.now() - since < RESTED_MS || !rests() || !isOver(observer.history(run))) return false
    return difference(outcomeOf(wanted), outcomeOf(endStateOf(everythingOf(observer, run), run))) === undefined
  }
  const over = new AbortController()
  const resting = until(() => over.signal.aborted || rested(), { what: `${run} rests`, withinMs, everyMs: 100 })
  resting.catch(() => {})
  try {
    await Promise.race([observer.until(run, `${run} ends as the reference`, withinMs, reached), resting])
  } catch (error) {
    const gap = difference(wanted, endStateOf(everythingOf(observer, run), run))
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${gap ?? 'steps are missing'}`, {
      cause: error,
    })
  } finally {
    over.abort()
  }
}

function atRest(workload: Workload, everything: Everything): boolean {
  if (everything.recoveries.some(({ status }) => status.phase === 'Pending')) return false
  return draftsOf(workload).every(({ name }) => {
    const world = worldIn(everything, name)
    if (world.plan === undefined || !ENDED.has(world.plan.status.phase)) return false
    return world.plan.spec.stages.every(({ id }) => membersOf(world, id).every(member => member.state !== 'moving'))
  })
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'rolled_back', 'cancelled'])

/** Resolves when no write was made for so long. */
async function quiet(trace: readonly TracedWrite[]): Promise<void> {
  const writes = () => trace.filter(write => write.class === 'write').length
  for (let before = -1; before !== writes();) {
    before = writes()
    await new Promise(resolve => setTimeout(resolve, QUIET_MS))
  }
}

/** Head under which runs are counted that were not disturbed: what was to befall them did not come up. */
export const MISSED = 'missed'

/** The run as a campaign of faults counts it. */
export function judged(result: RunResult, { log }: { readonly log: () => Promise<string> }): Outcome {
  return {
    flaws: result.flaws,
    report: async () => ['writes:', linesOf(result.trace), 'log:', await log()].join('\n'),
    ...(result.struck ? {} : { counted: MISSED }),
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
