import type { Member, World } from '../world.ts'
import { stageOf } from '../world.ts'
import { RELEASE, type Workload } from '../workload.ts'

/**
 * Three stages over eight nodes. The first node of the second stage fails, so that the stage is blocked; the cause
 * goes away and somebody retries. The last stage soaks, and waits for an approval.
 */
export const recovered: Workload = {
  name: 'recovered',
  nodes: [
    ...Array.from({ length: 2 }, () => ({ ring: 'canary' })),
    ...Array.from({ length: 4 }, () => ({ ring: 'early' })),
    ...Array.from({ length: 2 }, () => ({ ring: 'rest' })),
  ],
  stages: [
    {
      id: 'canary',
      nodes: { selector: { matchLabels: { ring: 'canary' } } },
      batchSize: 1,
      gates: [{ kind: 'health', minPercent: 100 }],
    },
    { id: 'early', nodes: { selector: { matchLabels: { ring: 'early' } } }, batchSize: 2 },
    { id: 'rest', nodes: {}, batchSize: 2, gates: [{ kind: 'time_soak', seconds: 0 }, { kind: 'manual' }] },
  ],
  answers: (stage, moving) =>
    moving.map(member => [member, fails(stage, member) ? `failed:${RELEASE} disk full` : RELEASE] as const),
  steps: [
    { when: world => isBlocked(world), recovery: { strategy: 'retry', stageId: 'early', operator: 'alice' } },
    {
      when: world => stageOf(world, 'rest')?.settledAt !== undefined,
      recovery: { strategy: 'approve', stageId: 'rest', operator: 'bob' },
    },
  ],
}

/** Position 0 comes first in the answers, so that the operator knows of the failure before it could go on. */
function fails(stage: string, { position, attempt }: Member): boolean {
  return stage === 'early' && position === 0 && attempt === 1
}

function isBlocked({ plan }: World): boolean {
  return (plan?.status.conditions ?? []).some(
    ({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason === 'TooManyFailures',
  )
}
