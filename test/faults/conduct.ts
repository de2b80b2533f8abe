import { setTimeout as delay } from 'node:timers/promises'
import { type Campaign, type Run, spread } from './campaign.ts'
import { type Ledger, blankLedger, openLedger } from './ledger.ts'
import type { References } from './reference.ts'
import { campaignFile, rigHash } from './tree.ts'

export type ConductOptions = {
  readonly seed: number
  /** Default: what the campaign says, or two. */
  readonly lanes?: number
  readonly references: References
  /** So many runs of all; default: all. */
  readonly size?: number
  /** This run alone, whether it was done before or not. */
  readonly only?: string
  /** Remembers nothing, neither of earlier starts nor for later ones. */
  readonly fresh?: boolean
  readonly progress: (line: string) => void
  /** Takes what is to be known of a run that went wrong. */
  readonly violated: (report: string) => void
}

/** What a campaign prints. */
export type Tally = {
  readonly campaign: string
  readonly runs: number
  readonly violations: number
  readonly seconds: number
  readonly seed: number
  readonly [counted: string]: string | number
}

/** A campaign whose kind of lane is nobody else's business. */
export type Conductor = {
  readonly name: string
  conduct(options: ConductOptions): Promise<Tally>
  /** What is too little in the line of a whole campaign, in words. */
  shortfalls(tally: Tally): readonly string[]
}

export function conductor<Lane>(campaign: Campaign<Lane>): Conductor {
  const { name, least = {} } = campaign
  return {
    name,
    conduct: async options => await conduct(campaign, options),
    shortfalls: tally =>
      Object.entries(least)
        .filter(([head, count]) => Number(tally[head]) < count)
        .map(([head, count]) => `${name}: ${tally[head]} ${head}, not ${count}`),
  }
}

/** Two of everything: with a core each, runs take half the time. */
const LANES = 2
/** Runs have bounds of their own; one that is not kept must not hold up all others. A mutant may take a quarter of an hour. */
const LONGEST_RUN_MS = 1_800_000
/** So many runs a lane takes before a new one takes its place: what runs leave behind in a cluster adds up. */
const RUNS_A_LANE = 250

async function conduct<Lane>(campaign: Campaign<Lane>, options: ConductOptions): Promise<Tally> {
  const { seed, size, only, references, fresh = only !== undefined, progress, violated } = options
  const started = performance.now()
  const ledger = fresh ? blankLedger() : openLedger(`${campaign.name}-${seed}-${rigHash(campaignFile(campaign.name))}`)
  const runs = chosen(await campaign.plan(seed, references), size, only)
  await references.close()
  const waiting = runs.filter(({ id }) => !ledger.done.has(id))
  if (waiting.length < runs.length) progress(`${campaign.name}: ${runs.length - waiting.length} runs were done before`)

  const carryOut = async (run: Run<Lane>, lane: Lane): Promise<boolean> => {
    const { flaws, report, counted } = await outcomeOf(run, lane)
    if (flaws.length > 0) {
      const repeat = `npm run faults -- ${campaign.name} --seed ${seed} --only ${run.id}`
      const words = [`${campaign.name} ${run.id}`, ...flaws.map(flaw => `  - ${flaw}`), `repeat with: ${repeat}`]
      violated(`${words.join('\n')}\n${await report()}\n`)
    }
    const at = Math.round((performance.now() - started) / 100) / 10
    ledger.add({ id: run.id, flaws, at, ...(counted === undefined ? {} : { counted }) })
    return flaws.length === 0
  }

  const drive = async (number: number): Promise<void> => {
    for (let generation = 0; waiting.length > 0; generation += 1) {
      const lane = await campaign.openLane(`l${number}x${generation}x`)
      try {
        for (let taken = 0; taken < RUNS_A_LANE; taken += 1) {
          const run = waiting.shift()
          if (run === undefined || !(await carryOut(run, lane))) break
          const done = runs.length - waiting.length
          if (done % 20 === 0)
            progress(`${campaign.name}: ${done} of ${runs.length}, ${Math.round(ledger.seconds())} s`)
        }
      } finally {
        await lane.stop()
      }
    }
  }
  const lanes = Math.min(options.lanes ?? campaign.lanes ?? LANES, waiting.length)
  await Promise.all(Array.from({ length: lanes }, async (_, number) => await drive(number)))
  return tally(campaign, seed, runs, ledger)
}

function chosen<Lane>(all: readonly Run<Lane>[], size: number | undefined, only: string | undefined) {
  if (only === undefined) return size === undefined ? all : spread(all, size)
  const runs = all.filter(({ id }) => id === only)
  if (runs.length === 0) throw new Error(`there is no run ${only}; the first of ${all.length} is ${all[0]?.id}`)
  return runs
}

async function outcomeOf<Lane>(run: Run<Lane>, lane: Lane) {
  const over = new AbortController()
  const bound = delay(LONGEST_RUN_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the run has not ended within ${LONGEST_RUN_MS / 1000} s`)
  })
  try {
    return await Promise.race([run.carryOut(lane), bound])
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { flaws: [`the rig broke: ${words}`], report: async () => '', counted: undefined }
  } finally {
    over.abort()
    await bound.catch(() => {})
  }
}

function tally<Lane>(
  { name: campaign, heads = [] }: Campaign<Lane>,
  seed: number,
  runs: readonly Run<Lane>[],
  ledger: Ledger,
): Tally {
  const done = runs.flatMap(({ id }) => ledger.done.get(id) ?? [])
  const counted: Record<string, number> = Object.fromEntries(heads.map(head => [head, 0]))
  for (const { counted: head } of done) if (head !== undefined) counted[head] = (counted[head] ?? 0) + 1
  const violations = done.filter(({ flaws }) => flaws.length > 0).length
  return { campaign, runs: done.length, violations, ...counted, seconds: Math.round(ledger.seconds()), seed }
}
