import type { Workload } from '../workload.ts'
import { firstFails, isStalled, ringStage, rings } from './rings.ts'

/** A stage is blocked, and two people ask for two things at once: the first is granted, the second comes too late. */
export const concurrent: Workload = {
  name: 'concurrent',
  nodes: rings({ early: 2, rest: 1 }),
  stages: [ringStage('early', 2), ringStage('rest', 1)],
  answers: firstFails('early'),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'skip_failed', stageId: 'early', operator: 'alice' },
    },
    { when: () => true, recovery: { strategy: 'retry', stageId: 'early', operator: 'bob' } },
  ],
}
