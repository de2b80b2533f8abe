import type { Workload } from '../workload.ts'
import { allMove, areMoving, ringStage, rings } from './rings.ts'

/** Two plans for one fleet: the second is created while the first is at work, and takes its turn. */
export const twoPlans: Workload = {
  name: 'two-plans',
  nodes: rings({ all: 3 }),
  stages: [ringStage('all', 2)],
  later: [{ name: 'second', release: '3', stages: [ringStage('all', 2)] }],
  answers: (stage, moving, world) => (world.others.length === 0 ? [] : allMove(stage, moving, world)),
  steps: [{ when: world => areMoving(world, 'all', 0, 1), plan: 'second' }],
}
