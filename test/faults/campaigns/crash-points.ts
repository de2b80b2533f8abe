import type { Campaign, Run } from '../campaign.ts'
import { CRASH_POINTS, crash } from '../fate.ts'
import { type Lane, startLane } from '../lane.ts'
import { allReferences } from '../reference.ts'
import { MISSED, judged } from '../run.ts'

/** The replica is killed at every write of every workload: before it is sent, when it is committed, after its answer. */
export const crashPoints: Campaign<Lane> = {
  name: 'crash-points',
  heads: [MISSED],
  openLane: startLane,
  plan: async (_, references) => {
    const runs: Run<Lane>[] = []
    for (const [workload, { writes, endState }] of await allReferences(references)) {
      for (const { number } of writes)
        for (const point of CRASH_POINTS)
          runs.push({
            id: `${workload.name}/${number}/${point}`,
            carryOut: async lane => judged(await lane.run(workload, crash(number, point), endState), lane),
          })
    }
    return runs
  },
}
