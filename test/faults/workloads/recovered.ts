import type { Workload } from '../workload.ts'
import { firstFails, hasSettled, isStalled, ringStage, rings } from './rings.ts'

/**
 * Three stages over eight nodes. The first node of the second stage fails, so that the stage is blocked; the cause
 * goes away and somebody retries. The last stage soaks, and waits for an approval.
 */
export const recovered: Workload = {
  name: 'recovered',
  nodes: rings({ canary: 2, early: 4, rest: 2 }),
  stages: [
    ringStage('canary', 1, { gates: [{ kind: 'health', minPercent: 100 }] }),
    ringStage('early', 2),
    { id: 'rest', nodes: {}, batchSize: 2, gates: [{ kind: 'time_soak', seconds: 0 }, { kind: 'manual' }] },
  ],
  answers: firstFails('early'),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'retry', stageId: 'early', operator: 'alice' },
    },
    {
      when: world => hasSettled(world, 'rest'),
      recovery: { strategy: 'approve', stageId: 'rest', operator: 'bob' },
    },
  ],
}
