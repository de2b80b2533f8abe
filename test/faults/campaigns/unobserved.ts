import type { Campaign, Run } from '../campaign.ts'
import type { Faults } from '../fate.ts'
import { type Notification, coalesced, expired, lost, lostDeletion, silent, untilUndone } from '../hidden.ts'
import { PLURALS } from '../observer.ts'
import { drawn } from '../random.ts'
import type { References } from '../reference.ts'
import { MISSED, judged } from '../run.ts'
import { type Track, startTrack } from '../track.ts'
import { UNTIMED } from '../workloads/all.ts'
import { churn } from '../workloads/churn.ts'
import type { Workload } from '../workload.ts'

/** What is kept from the replica, and in how many runs. */
const WAYS: Readonly<
  Record<string, { readonly runs: number; readonly faults: (of: Notification, over: Promise<void>) => Faults }>
> = {
  undone: { runs: 110, faults: untilUndone },
  coalesced: { runs: 45, faults: notification => coalesced(notification, 2) },
  lost: { runs: 35, faults: lost },
  expired: { runs: 25, faults: expired },
  silent: { runs: 25, faults: silent },
}

/** Nodes that churn deletes: one in flight, one whose turn has not come, and one that has confirmed. */
const DELETIONS = [1, 2, 3]

/**
 * The replica does not see something happen: an event is told only with what undoes it, or in one with others, or never,
 * or the watch falls silent, or bookmarks are lost.
 */
export const unobserved: Campaign<Track> = {
  name: 'unobserved',
  heads: [MISSED],
  openLane: name => startTrack(name),
  plan: async (seed, references) => {
    const all = await notifications(references)
    const { endState: rests } = await references.of(churn)
    const hidden = Object.entries(WAYS).flatMap(([way, { runs, faults }]) =>
      drawn(all, runs, seed, 'unobserved', way).map(({ workload, wanted, ...of }): Run<Track> => {
        const id = [workload.name, of.resource, of.number, way].join('/')
        return {
          id,
          carryOut: async lane =>
            judged(await lane.run({ workload, wanted, alone: true, faults: ({ over }) => faults(of, over) }), lane),
        }
      }),
    )
    const deletions = DELETIONS.map((nth): Run<Track> => {
      const options = { workload: churn, wanted: rests, alone: true, faults: () => lostDeletion(nth) }
      return {
        id: [churn.name, 'deletions', nth, 'lost'].join('/'),
        carryOut: async lane => judged(await lane.run(options), lane),
      }
    })
    return [...hidden, ...deletions]
  },
}

export type Occasion = Notification & { readonly workload: Workload; readonly wanted: unknown }

/**
 * Every version of everything in every workload, as the undisturbed runs have it, but for the nodes that are there before
 * the plan: who is not seen when a stage opens is not of it.
 */
export async function notifications(references: References): Promise<readonly Occasion[]> {
  const all: Occasion[] = []
  for (const workload of UNTIMED) {
    const { versions, endState: wanted } = await references.of(workload)
    for (const resource of Object.values(PLURALS))
      for (
        let number = resource === PLURALS.node ? workload.nodes.length + 1 : 1;
        number <= (versions[resource] ?? 0);
        number += 1
      )
        all.push({ workload, wanted, resource, number })
  }
  return all
}
