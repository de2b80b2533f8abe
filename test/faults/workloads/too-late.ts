import type { Workload } from '../workload.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'

/** Rolled back, and then somebody retries, and somebody resumes: a plan that has ended stays so, and says it to both. */
export const tooLate: Workload = {
  name: 'too-late',
  nodes: rings({ early: 2, rest: 1 }),
  stages: [ringStage('early', 1), ringStage('rest', 1)],
  answers: silentWhile('early', () => true),
  steps: [
    { when: world => areMoving(world, 'early', 0), recovery: { strategy: 'rollback', operator: 'alice' } },
    {
      when: ({ plan }) => plan?.status.phase === 'rolled_back',
      recovery: { strategy: 'retry', stageId: 'early', operator: 'bob' },
    },
    { when: () => true, recovery: { strategy: 'resume', operator: 'carol' } },
  ],
}
