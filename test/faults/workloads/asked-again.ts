import type { Workload } from '../workload.ts'
import { stageOf } from '../world.ts'
import { isStalled, ringStage, rings } from './rings.ts'

/** A node fails twice. Who retried it the first time deletes that recovery, and applies it again under its name. */
export const askedAgain: Workload = {
  name: 'asked-again',
  nodes: rings({ all: 2 }),
  stages: [ringStage('all', 2)],
  answers: (_, moving) =>
    moving.map(member => [member, member.position === 0 && member.attempt < 3 ? 'failed' : 'moved'] as const),
  steps: [1, 2].map(attempt => ({
    when: world =>
      stageOf(world, 'all')?.attempt === attempt &&
      isStalled(world, 'TooManyFailures') &&
      world.recoveries.every(({ status }) => status.phase === 'Succeeded'),
    recovery: { strategy: 'retry', stageId: 'all', operator: 'alice', name: 'again' },
  })),
}
