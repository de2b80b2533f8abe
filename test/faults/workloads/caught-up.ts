import type { Workload } from '../workload.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'
import { membersOf } from '../world.ts'

/** A node is not Ready when its stage opens, which is tolerated; it comes back in the next stage, and is told then. */
export const caughtUp: Workload = {
  name: 'caught-up',
  nodes: rings({ early: 3, rest: 1 }),
  away: [0],
  stages: [ringStage('early', 2, { maxUnreachable: 1 }), ringStage('rest', 1)],
  answers: silentWhile('rest', world => membersOf(world, 'early').some(({ state }) => state !== 'moved')),
  steps: [{ when: world => areMoving(world, 'rest', 0), node: { kind: 'ready', position: 0 } }],
}
