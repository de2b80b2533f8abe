import type { Workload } from '../workload.ts'
import { stageOf } from '../world.ts'
import { areMoving, isStalled, ringStage, rings } from './rings.ts'

/**
 * One stage of six nodes, three at a time. The first confirms, the next three never do, and while they are in flight
 * somebody rolls the plan back: three withdrawals, one node keeps the release, two are never touched.
 */
export const rolledBack: Workload = {
  name: 'rolled-back',
  nodes: Array.from({ length: 6 }, () => ({})),
  stages: [{ id: 'all', nodes: {}, batchSize: 3 }],
  answers: (_, moving) => moving.map(member => [member, member.position === 0 ? 'moved' : undefined] as const),
  steps: [{ when: world => areMoving(world, 'all', 1, 2, 3), recovery: { strategy: 'rollback', operator: 'alice' } }],
}

/** A node fails and is told again; while it is at it the plan is rolled back: it gets back what it had before it was told first. */
export const retriedThenRolledBack: Workload = {
  name: 'retried-then-rolled-back',
  nodes: rings({ all: 2 }),
  stages: [ringStage('all', 2)],
  answers: (_, moving) =>
    moving
      .filter(({ position, attempt }) => position === 1 || attempt === 1)
      .map(member => [member, member.position === 1 ? 'moved' : 'failed'] as const),
  steps: [
    {
      when: world => isStalled(world, 'TooManyFailures'),
      recovery: { strategy: 'retry', stageId: 'all', operator: 'alice' },
    },
    {
      when: world => stageOf(world, 'all')?.attempt === 2 && areMoving(world, 'all', 0),
      recovery: { strategy: 'rollback', operator: 'bob' },
    },
  ],
}
