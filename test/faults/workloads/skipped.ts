import type { Workload } from '../workload.ts'
import { firstFails, isStalled, ringStage, rings } from './rings.ts'

const stages = [ringStage('canary', 1), ringStage('early', 2), ringStage('rest', 1)]
const nodes = rings({ canary: 1, early: 2, rest: 1 })

/** The middle stage is blocked by a failure, and skipped. */
export const skippedMiddle: Workload = {
  name: 'skipped-middle',
  nodes,
  stages,
  answers: firstFails('early'),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'skip_failed', stageId: 'early', operator: 'alice' },
    },
  ],
}

/** The last stage is blocked by a failure, and skipped, which completes the plan. */
export const skippedLast: Workload = {
  name: 'skipped-last',
  nodes,
  stages,
  answers: firstFails('rest'),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'skip_failed', stageId: 'rest', operator: 'alice' },
    },
  ],
}
