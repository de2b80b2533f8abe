import type { Workload } from '../workload.ts'
import { allMove, areMoving, hasSettled, ringStage, rings, silentWhile } from './rings.ts'

/** Cancelled in its second stage, with two nodes in flight: they get back what they had. */
export const cancelledActive: Workload = {
  name: 'cancelled-active',
  nodes: rings({ canary: 1, early: 3, rest: 1 }),
  stages: [ringStage('canary', 1), ringStage('early', 2), ringStage('rest', 1)],
  answers: silentWhile('early', () => true),
  steps: [
    {
      when: world => areMoving(world, 'early', 0, 1),
      recovery: { strategy: 'cancel', operator: 'alice' },
    },
  ],
}

/** A second plan waits for the first, which waits for an approval; it is cancelled before it has begun. */
export const cancelledBefore: Workload = {
  name: 'cancelled-before',
  nodes: rings({ all: 2 }),
  stages: [ringStage('all', 2, { gates: [{ kind: 'manual' }] })],
  later: [{ name: 'second', release: '3', stages: [ringStage('all', 1)] }],
  answers: allMove,
  steps: [
    { when: world => hasSettled(world, 'all'), plan: 'second' },
    {
      when: (_, of) => of('second').plan?.status.waitingFor !== undefined,
      recovery: { plan: 'second', strategy: 'cancel', operator: 'alice' },
    },
    {
      when: (_, of) => of('second').plan?.status.phase === 'cancelled',
      recovery: { strategy: 'approve', stageId: 'all', operator: 'bob' },
    },
  ],
}
