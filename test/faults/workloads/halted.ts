import type { Workload } from '../workload.ts'
import { membersOf } from '../world.ts'
import { areMoving, ringStage, rings, silentWhile } from './rings.ts'

/** The middle stage is halted with two nodes in flight, which get back what they had; a retry goes on with the last one. */
export const halted: Workload = {
  name: 'halted',
  nodes: rings({ canary: 1, early: 3, rest: 1 }),
  stages: [ringStage('canary', 1), ringStage('early', 2), ringStage('rest', 1)],
  answers: silentWhile('early', () => true),
  steps: [
    {
      when: world => areMoving(world, 'early', 0, 1),
      recovery: { strategy: 'halt', stageId: 'early', operator: 'alice' },
    },
    {
      when: world =>
        world.plan?.status.phase === 'paused' && membersOf(world, 'early').every(({ state }) => state === 'idle'),
      recovery: { strategy: 'retry', operator: 'bob' },
    },
  ],
}

/** Halted, and somebody takes that for a pause: the stage stays halted, and a retry goes on with the next one. */
export const resumedInVain: Workload = {
  name: 'resumed-in-vain',
  nodes: rings({ early: 2, rest: 1 }),
  stages: [ringStage('early', 1), ringStage('rest', 1)],
  answers: silentWhile('early', () => true),
  steps: [
    {
      when: world => areMoving(world, 'early', 0),
      recovery: { strategy: 'halt', stageId: 'early', operator: 'alice' },
    },
    { when: ({ plan }) => plan?.status.phase === 'paused', recovery: { strategy: 'resume', operator: 'bob' } },
    {
      when: ({ recoveries, ...world }) =>
        recoveries.some(({ spec, status }) => spec.strategy === 'resume' && status.phase === 'Rejected') &&
        membersOf({ recoveries, ...world }, 'early').every(({ state }) => state === 'idle'),
      recovery: { strategy: 'retry', operator: 'carol' },
    },
  ],
}
