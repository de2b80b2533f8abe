import type { Workload } from '../workload.ts'
import { membersOf } from '../world.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'

/** Paused in the middle of a batch: its nodes move meanwhile, and no other does before somebody resumes. */
export const paused: Workload = {
  name: 'paused',
  nodes: rings({ all: 4 }),
  stages: [ringStage('all', 2)],
  answers: silentWhile('all', ({ plan, recoveries }) => plan?.status.phase !== 'paused' && recoveries.length < 2),
  steps: [
    { when: world => areMoving(world, 'all', 0, 1), recovery: { strategy: 'pause', operator: 'alice' } },
    {
      when: world =>
        world.plan?.status.phase === 'paused' &&
        membersOf(world, 'all').filter(({ state }) => state === 'moved').length === 2,
      recovery: { strategy: 'resume', operator: 'bob' },
    },
  ],
}
