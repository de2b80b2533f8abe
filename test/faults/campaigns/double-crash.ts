import type { Campaign, Run } from '../campaign.ts'
import { CRASH_POINTS, type Script, PASS } from '../fate.ts'
import { type Lane, startLane } from '../lane.ts'
import { random } from '../random.ts'
import { allReferences } from '../reference.ts'
import { MISSED, judged } from '../run.ts'

const RUNS = 500
/** How many writes after the first crash the second one comes at most. */
const APART = 8

/** The replica is killed twice: at some write, and again soon after it has come back. */
export const doubleCrash: Campaign<Lane> = {
  name: 'double-crash',
  heads: [MISSED],
  openLane: startLane,
  plan: async (seed, references) => {
    const runs: Run<Lane>[] = []
    const all = await allReferences(references)
    for (let index = 1; index <= RUNS; index += 1) {
      const { pick, below } = random(seed, 'double-crash', index)
      const [workload, { writes, endState }] = pick(all)
      const first = 1 + below(writes.length)
      const second = first + 1 + below(APART)
      const points = new Map([
        [first, pick(CRASH_POINTS)],
        [second, pick(CRASH_POINTS)],
      ])
      const script: Script = write => {
        const point = write.class === 'write' ? points.get(write.number) : undefined
        return point === undefined ? PASS : { kind: 'crash', point }
      }
      runs.push({
        id: [index, workload.name, ...[...points].flat()].join('/'),
        carryOut: async lane => judged(await lane.run(workload, script, endState), lane),
      })
    }
    return runs
  },
}
