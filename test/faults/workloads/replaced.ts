import type { Workload } from '../workload.ts'
import { membersOf } from '../world.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'

/** A node in flight and one whose turn comes next are replaced by machines of the same names, which nobody has chosen. */
export const replaced: Workload = {
  name: 'replaced',
  nodes: rings({ early: 4, rest: 1 }),
  stages: [ringStage('early', 2), ringStage('rest', 1)],
  answers: silentWhile('early', world => membersOf(world, 'early').length > 2),
  steps: [
    { when: world => areMoving(world, 'early', 0, 1), node: { kind: 'replace', stage: 'early', position: 2 } },
    { when: () => true, node: { kind: 'replace', stage: 'early', position: 1 } },
  ],
}
