import { RELEASE, type Workload } from '../workload.ts'
import { membersOf } from '../world.ts'

/**
 * One stage of six nodes, three at a time. The first confirms, the next three never do, and while they are in flight
 * somebody rolls the plan back: three withdrawals, one node keeps the release, two are never touched.
 */
export const rolledBack: Workload = {
  name: 'rolled-back',
  nodes: Array.from({ length: 6 }, () => ({})),
  stages: [{ id: 'all', nodes: {}, batchSize: 3 }],
  answers: (_, moving) => moving.map(member => [member, member.position === 0 ? RELEASE : undefined] as const),
  steps: [
    {
      when: world => [1, 2, 3].every(position => membersOf(world, 'all')[position]?.state === 'moving'),
      recovery: { strategy: 'rollback', operator: 'alice' },
    },
  ],
}
