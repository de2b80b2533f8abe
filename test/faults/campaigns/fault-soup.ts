import type { Campaign, Run } from '../campaign.ts'
import { MISSED, judged } from '../run.ts'
import { soup } from '../soup.ts'
import { sharing } from '../shared-track.ts'
import { type Track, startTrack } from '../track.ts'
import { UNTIMED } from '../workloads/all.ts'

const RUNS = 2_000
/** Under way on one replica at once. */
const TOGETHER = 8
const WITHIN_MS = 90_000

/** Everything fails now and then, at random: a twentieth to a fifth of all requests, and what watches tell. */
export const faultSoup: Campaign<Track> = {
  name: 'fault-soup',
  heads: [MISSED],
  lanes: TOGETHER,
  openLane: sharing(name => startTrack(name)),
  plan: async (seed, references) => {
    const runs: Run<Track>[] = []
    for (let number = 1; number <= RUNS; number += 1) {
      const workload = UNTIMED[number % UNTIMED.length]!
      const { endState: wanted } = await references.of(workload)
      const faults = ({ run }: { readonly run: string }) => soup(seed * RUNS + number, run)
      runs.push({
        id: `${workload.name}/${number}`,
        carryOut: async lane => judged(await lane.run({ workload, wanted, faults, withinMs: WITHIN_MS }), lane),
      })
    }
    return runs
  },
}
