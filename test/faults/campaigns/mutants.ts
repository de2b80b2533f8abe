import { type Campaign, type Run, spread } from '../campaign.ts'
import { CRASH_POINTS, crash } from '../fate.ts'
import { type Ground, startGround } from '../ground.ts'
import { MUTANTS } from '../mutants/all.ts'
import { type Trial, hunt } from '../mutants/hunt.ts'
import { drawn } from '../random.ts'
import type { References } from '../reference.ts'
import { judged } from '../run.ts'
import type { Faults } from '../fate.ts'
import { RATE, type Track } from '../track.ts'
import { WORKLOADS } from '../workloads/all.ts'
import type { Workload } from '../workload.ts'
import { failOver } from './fail-over.ts'
import { faultMatrix } from './fault-matrix.ts'
import { stale } from './stale.ts'
import { unobserved } from './unobserved.ts'

type Lane = { readonly ground: Ground; stop(): Promise<void> }

/** So many runs of each campaign every mutant is put through that nothing catches before. */
const SIZES = { crash: 36, matrix: 24, stale: 16, unobserved: 16, failOver: 18 } as const

/**
 * Whether the campaigns would notice: bugs that operators have had are put into this one, and some runs of each campaign
 * must catch it, the cheap ones first.
 */
export const mutants: Campaign<Lane> = {
  name: 'mutants',
  heads: ['killed', 'survived'],
  least: { killed: 27 },
  openLane: async () => {
    const ground = await startGround()
    return { ground, stop: async () => await ground.stop() }
  },
  plan: async (seed, references) => {
    const trials = await trialsOf(seed, references)
    return MUTANTS.map((mutant): Run<Lane> => ({
      id: mutant.name,
      carryOut: async ({ ground }) => {
        const since = performance.now()
        const caught = await hunt(mutant, trials, ground)
        const seconds = Math.round((performance.now() - since) / 1000)
        const fate = caught
          ? `killed by ${caught.campaign} ${caught.run}: ${caught.flaw.slice(0, 200)}`
          : `survived: ${mutant.story}`
        process.stderr.write(`${mutant.name}, ${seconds} s: ${fate}\n`)
        return { flaws: [], report: async () => '', counted: caught ? 'killed' : 'survived' }
      },
    }))
  },
}

async function trialsOf(seed: number, references: References): Promise<readonly Trial[]> {
  const undisturbed: Run<Track>[] = []
  const crashes: Run<Track>[] = []
  for (const workload of WORKLOADS) {
    const { writes, endState } = await references.of(workload)
    undisturbed.push(trackRun(workload, endState, 'undisturbed', {}))
    for (const { number } of writes)
      for (const point of CRASH_POINTS)
        crashes.push(trackRun(workload, endState, `${number}/${point}`, { writes: crash(number, point) }))
  }
  const matrix = (await faultMatrix.plan(seed, references)).filter(({ id }) => !id.startsWith('lease/'))
  const fights = await failOver.plan(seed, references)
  const fast = { kind: 'track', rate: RATE, together: 1 } as const
  const slow = { kind: 'track', rate: 1 } as const
  const some = <Lane>(all: readonly Run<Lane>[], size: number) => ({ all, runs: spread(all, size) })
  return [
    { campaign: 'reference', ...slow, together: 6, all: undisturbed, runs: undisturbed },
    {
      campaign: 'crash-points',
      ...slow,
      together: 4,
      all: crashes,
      runs: drawn(crashes, SIZES.crash, seed, 'mutants'),
    },
    { campaign: 'fail-over', kind: 'crew', together: 1, ...some(fights, SIZES.failOver) },
    { campaign: 'unobserved', ...fast, ...some(await unobserved.plan(seed, references), SIZES.unobserved) },
    { campaign: 'stale', ...fast, ...some(await stale.plan(seed, references), SIZES.stale) },
    { campaign: 'fault-matrix', ...fast, ...some(matrix, SIZES.matrix) },
  ]
}

function trackRun(workload: Workload, wanted: unknown, words: string, faults: Faults): Run<Track> {
  return {
    id: `${workload.name}/${words}`,
    carryOut: async track => judged(await track.run({ workload, wanted, faults: () => faults }), track),
  }
}
