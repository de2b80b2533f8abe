import type { Campaign, Outcome, Run } from '../campaign.ts'
import { difference } from '../end-state.ts'
import { pass } from '../fate.ts'
import { type Lane, startLane } from '../lane.ts'
import { allReferences } from '../reference.ts'
import { judged } from '../run.ts'

const TIMES = 20

/** Every workload undisturbed, again and again: what is held against a reference elsewhere must not differ by itself. */
export const reference: Campaign<Lane> = {
  name: 'reference',
  openLane: startLane,
  plan: async (_, references) => {
    const runs: Run<Lane>[] = []
    const all = await allReferences(references)
    for (let time = 1; time <= TIMES; time += 1)
      for (const [workload, { endState, trace }] of all) {
        const carryOut = async (lane: Lane): Promise<Outcome> => {
          const result = await lane.run(workload, pass, endState)
          const gap = difference(trace, result.masked, 'trace')
          // Nothing is to disturb it.
          const { counted: _, ...outcome } = judged(result, lane)
          return gap === undefined ? outcome : { ...outcome, flaws: [...outcome.flaws, `unlike the reference: ${gap}`] }
        }
        runs.push({ id: `${workload.name}/${time}`, carryOut })
      }
    return runs
  },
}
