import type { Campaign, Run } from '../campaign.ts'
import type { Faults } from '../fate.ts'
import { late } from '../hidden.ts'
import { PLURALS } from '../observer.ts'
import { reconnected, replacedOnTheWay, restarted } from '../past.ts'
import { drawn } from '../random.ts'
import { MISSED, judged } from '../run.ts'
import { type Scene, type Track, startTrack } from '../track.ts'
import { UNTIMED } from '../workloads/all.ts'
import { happy } from '../workloads/happy.ts'
import type { Workload } from '../workload.ts'
import { notifications } from './unobserved.ts'

const LATE = 200
const RECONNECTED = 50
const RESTARTED = 50
/** How many writes the replica makes before it sees what came before them. */
const WRITES = [1, 2, 3]
/** How many notifications a server is behind. */
const BACK = [0, 1, 5]
/** Patches of nodes whose stage has others as well: one that has moved nobody waits for a person. */
const REPLACED = [2, 3, 4, 5, 6]

/** The replica acts on what is no longer so: it sees things late, asks a server that is behind, or is overtaken. */
export const stale: Campaign<Track> = {
  name: 'stale',
  heads: [MISSED],
  openLane: name => startTrack(name),
  plan: async (seed, references) => {
    const run = (
      workload: Workload,
      wanted: unknown,
      words: readonly (string | number)[],
      faults: (scene: Scene) => Faults,
    ): Run<Track> => ({
      id: [workload.name, ...words].join('/'),
      carryOut: async lane => judged(await lane.run({ workload, wanted, alone: true, faults }), lane),
    })
    const all = await notifications(references)
    const pairs = all.flatMap(of => WRITES.map(writes => ({ ...of, writes })))
    const breaks = all.flatMap(of => BACK.map(back => ({ ...of, back })))
    const starts = []
    for (const workload of UNTIMED) {
      const { writes, endState: wanted } = await references.of(workload)
      for (const { number } of writes)
        for (const resource of Object.values(PLURALS)) starts.push({ workload, wanted, number, resource })
    }
    const { endState: rests } = await references.of(happy)
    return [
      ...drawn(pairs, LATE, seed, 'stale', 'late').map(({ workload, wanted, writes, ...of }) =>
        run(workload, wanted, [of.resource, of.number, 'late', writes], () => late(of, writes)),
      ),
      ...drawn(breaks, RECONNECTED, seed, 'stale', 'reconnected').map(({ workload, wanted, back, ...of }) =>
        run(workload, wanted, [of.resource, of.number, 'reconnected', back], () => reconnected(of, back, 2)),
      ),
      ...drawn(starts, RESTARTED, seed, 'stale', 'restarted').map(({ workload, wanted, number, resource }) =>
        run(workload, wanted, [resource, number, 'restarted'], () => restarted(number, 5, resource, 2)),
      ),
      ...REPLACED.map(nth =>
        run(happy, rests, [PLURALS.node, nth, 'replaced'], ({ replace }) => replacedOnTheWay(nth, replace)),
      ),
    ]
  },
}
