import type { StageDraft, Workload } from '../workload.ts'
import { stageOf } from '../world.ts'
import { allMove, hasSettled, ringStage, rings } from './rings.ts'

const errorRate: StageDraft['gates'] = address => [
  { kind: 'metric', intervalSeconds: 1, metric: { provider: { address }, query: 'errors', condition: { lt: 0.05 } } },
]
const stages = [ringStage('canary', 1, { gates: errorRate }), ringStage('rest', 1)]
const nodes = rings({ canary: 1, rest: 1 })

/** The provider of a metric gate fails while the stage settles, and then works. */
export const gateUnknown: Workload = {
  name: 'gate-unknown',
  nodes,
  stages,
  answers: allMove,
  steps: [
    {
      when: world =>
        hasSettled(world, 'canary') && stageOf(world, 'canary')?.gates?.[0]?.evidence?.trouble !== undefined,
      provider: { kind: 'value', value: 0.01 },
    },
  ],
}

/** A metric gate has failed; the cause goes away, and somebody retries. */
export const gateFailed: Workload = {
  name: 'gate-failed',
  nodes,
  stages,
  provider: { kind: 'value', value: 0.2 },
  answers: allMove,
  steps: [
    {
      when: world => hasSettled(world, 'canary') && stageOf(world, 'canary')?.gates?.[0]?.state === 'failed',
      provider: { kind: 'value', value: 0.01 },
    },
    { when: () => true, recovery: { strategy: 'retry', stageId: 'canary', operator: 'alice' } },
  ],
}
