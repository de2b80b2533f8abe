import type { Workload } from '../workload.ts'
import { membersOf } from '../world.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'

/** In the middle of a batch a node in flight and one whose turn has not come are deleted, and two others are added. */
export const churn: Workload = {
  name: 'churn',
  nodes: rings({ early: 5, rest: 1 }),
  stages: [ringStage('early', 2), ringStage('rest', 2)],
  answers: silentWhile('early', world => membersOf(world, 'early').length > 3 || world.nodes.length < 6),
  steps: [
    { when: world => areMoving(world, 'early', 0, 1), node: { kind: 'delete', stage: 'early', position: 1 } },
    { when: () => true, node: { kind: 'delete', stage: 'early', position: 4 } },
    { when: () => true, node: { kind: 'add', labels: { ring: 'early' } } },
    { when: () => true, node: { kind: 'add', labels: { ring: 'rest' } } },
  ],
}
