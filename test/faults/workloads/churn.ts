import type { Workload } from '../workload.ts'
import { type World, membersOf } from '../world.ts'
import { areMoving, ringStage, rings } from './rings.ts'

/**
 * In the middle of a batch a node in flight and one whose turn has not come are deleted, and two others are added; in the
 * next stage one that had confirmed is deleted, too.
 */
export const churn: Workload = {
  name: 'churn',
  nodes: rings({ early: 5, rest: 1 }),
  stages: [ringStage('early', 2), ringStage('rest', 2)],
  answers: (stage, moving, world) => {
    const early = membersOf(world, 'early')
    const waits =
      stage === 'early' ? early.length > 3 || world.nodes.length < 6 : early.some(({ position }) => position === 0)
    return moving.map(member => [member, waits ? undefined : 'moved'] as const)
  },
  steps: [
    { when: world => areMoving(world, 'early', 0, 1), node: { kind: 'delete', stage: 'early', position: 1 } },
    { when: () => true, node: { kind: 'delete', stage: 'early', position: 4 } },
    { when: () => true, node: { kind: 'add', labels: { ring: 'early' } } },
    { when: () => true, node: { kind: 'add', labels: { ring: 'rest' } } },
    { when: world => allMoving(world, 'rest'), node: { kind: 'delete', stage: 'early', position: 0 } },
  ],
}

/** A node that was added, and that nobody told of, is not of its stage. */
function allMoving(world: World, stage: string): boolean {
  const members = membersOf(world, stage)
  return members.length > 0 && members.every(({ state }) => state === 'moving')
}
