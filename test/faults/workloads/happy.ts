import type { Workload } from '../workload.ts'
import { allMove, ringStage, rings } from './rings.ts'

/** Three stages, and nothing goes wrong. */
export const happy: Workload = {
  name: 'happy',
  nodes: rings({ canary: 1, early: 3, rest: 2 }),
  stages: [ringStage('canary', 1), ringStage('early', 2), ringStage('rest', 2)],
  answers: allMove,
  steps: [],
}
