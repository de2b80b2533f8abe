import { type Outcome, type Run, spread } from '../campaign.ts'
import { type Crew, startCrew } from '../failover/crew.ts'
import type { Ground } from '../ground.ts'
import { type Program, changedProgram, shippedProgram } from '../program.ts'
import { type Track, LONG_LEASE, startTrack } from '../track.ts'
import { type Mutant, mutatedFiles } from './mutant.ts'

/** Runs of one campaign, on lanes of one kind, some of them side by side. */
export type Trial = { readonly campaign: string; readonly together: number } &
  /** `rate`: how fast the replica's time passes. */
  (({ readonly kind: 'track'; readonly rate: number } & Sample<Track>) | ({ readonly kind: 'crew' } & Sample<Crew>))

/** `runs`: those of them that are carried out. */
type Sample<Lane> = { readonly all: readonly Run<Lane>[]; readonly runs: readonly Run<Lane>[] }

export type Catch = { readonly campaign: string; readonly run: string; readonly flaw: string }

/** At the pace of the machine. Nobody else wants it. */
const LEASE = { durationSeconds: 60, renewDeadlineSeconds: 40, retryPeriodSeconds: 0.25 }
/** Longer than any of these runs takes a sound operator; a mutant that gets nowhere is not waited for. */
const WITHIN_MS = 15_000
/** So many runs are looked at where a bug would show, before all the others. */
const MOST_AT_HOME = 24

/**
 * Puts a mutant through one trial after the other until a run goes wrong. Alone, that run must go wrong again, and go right
 * with the operator as it is: or it proves nothing, and the hunt goes on.
 *
 * @returns what has caught it; undefined when it has survived everything
 */
export async function hunt(mutant: Mutant, trials: readonly Trial[], ground: Ground): Promise<Catch | undefined> {
  const [program, sound] = await Promise.all([changedProgram(mutatedFiles(mutant)), shippedProgram()])
  for (let trial of [...trials.flatMap(trial => atHome(trial, mutant)), ...trials])
    for (;;) {
      const caught = await attempt(trial, program, ground)
      if (caught === undefined) break
      const alone = only(trial, id => id === caught.run)
      const again = await attempt(alone, program, ground)
      if (again !== undefined && (await attempt(alone, sound, ground)) === undefined) return again
      trial = only(trial, id => id !== caught.run)
    }
  return undefined
}

/** Runs in which the bug would show. */
function atHome(trial: Trial, { first }: Mutant): readonly Trial[] {
  if (trial.campaign !== first?.campaign) return []
  const { length } = trial.all.filter(({ id }) => id.startsWith(first.runs))
  if (length === 0) throw new Error(`no run of ${first.campaign} begins with ${first.runs}`)
  const some = <Lane>(all: readonly Run<Lane>[]) =>
    spread(
      all.filter(({ id }) => id.startsWith(first.runs)),
      MOST_AT_HOME,
    )
  return [trial.kind === 'crew' ? { ...trial, runs: some(trial.all) } : { ...trial, runs: some(trial.all) }]
}

function only(trial: Trial, wanted: (id: string) => boolean): Trial {
  return trial.kind === 'crew'
    ? { ...trial, runs: trial.runs.filter(({ id }) => wanted(id)) }
    : { ...trial, runs: trial.runs.filter(({ id }) => wanted(id)) }
}

async function attempt(trial: Trial, program: Program, on: Ground): Promise<Catch | undefined> {
  const { campaign, runs } = trial
  if (runs.length === 0) return undefined
  try {
    if (trial.kind === 'crew') {
      const crew = await startCrew({ program, on })
      return await firstWrong(trial, trial.runs, crew).finally(async () => await crew.stop())
    }
    const track = await startTrack(nameOf(), trial.rate === 1 ? LEASE : LONG_LEASE, { program, on, rate: trial.rate })
    const bounded: Track = {
      ...track,
      run: async options =>
        await track.run({ ...options, withinMs: Math.min(options.withinMs ?? WITHIN_MS, WITHIN_MS) }),
    }
    return await firstWrong(trial, trial.runs, bounded).finally(async () => await track.stop())
  } catch (error) {
    return { campaign, run: runs[0]?.id ?? '', flaw: error instanceof Error ? error.message : String(error) }
  }
}

/** The first run that goes wrong. */
async function firstWrong<Lane>(
  { campaign, together }: Trial,
  runs: readonly Run<Lane>[],
  lane: Lane,
): Promise<Catch | undefined> {
  let caught: Catch | undefined
  const waiting = [...runs]
  const take = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined && caught === undefined; run = waiting.shift()) {
      const { flaws } = await run.carryOut(lane).catch(brokenBy)
      const [flaw] = flaws
      if (flaw !== undefined) caught ??= { campaign, run: run.id, flaw }
    }
  }
  await Promise.all(Array.from({ length: together }, take))
  return caught
}

/** A mutant may keep a run from so much as beginning. */
function brokenBy(error: unknown): Pick<Outcome, 'flaws'> {
  return { flaws: [error instanceof Error ? error.message : String(error)] }
}

let names = 0
const nameOf = (): string => `m${(names += 1)}x`
