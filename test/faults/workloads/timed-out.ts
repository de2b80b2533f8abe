import type { Workload } from '../workload.ts'
import { isStalled, ringStage, rings } from './rings.ts'

/** A node says nothing until its time is over; it is tried again, and moves. */
export const timedOut: Workload = {
  name: 'timed-out',
  nodes: rings({ all: 1 }),
  stages: [ringStage('all', 1)],
  timeoutSeconds: 1,
  answers: (_, moving) => moving.map(member => [member, member.attempt === 1 ? undefined : 'moved'] as const),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'retry', stageId: 'all', operator: 'alice' },
    },
  ],
}
