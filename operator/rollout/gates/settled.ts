import type { StageStatus } from '../../api/rollout-plan-status.ts'
import { instant } from '../time.ts'
import type { GateAnswer } from './answer.ts'

/**
 * The answer of a gate whose looks cost more than a query: none is made before the nodes of the stage have settled, for it
 * could not count, and none after the gate has failed.
 *
 * @param waits what it says while it was never looked at and the nodes have not settled
 */
export function onceSettled(answer: GateAnswer, { settledAt }: StageStatus, waits: string): GateAnswer {
  if (answer.lookAt === undefined) return answer
  if (answer.state === 'failed') return withoutLook(answer)
  if (settledAt !== undefined) return { ...answer, lookAt: Math.max(answer.lookAt, instant(settledAt)) }
  return { ...withoutLook(answer), ...(answer.evidence === undefined ? { detail: waits } : {}) }
}

function withoutLook({ lookAt: _, evidence, ...answer }: GateAnswer): GateAnswer {
  if (evidence === undefined) return answer
  const { nextAt: _nextAt, ...kept } = evidence
  return { ...answer, evidence: kept }
}
