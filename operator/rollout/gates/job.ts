import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import { instant } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { termsOf, watched } from './watched.ts'

/** Seconds from the end of one Job to the next, unless a gate says otherwise. */
export const JOB_INTERVAL = 300

/**
 * Passes when a Job ends with exit code 0.
 *
 * A Job costs more than a query, so none is run before the nodes of the stage have settled, and none after the gate has
 * failed.
 */
export function job(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  const { intervalSeconds = JOB_INTERVAL, job: spec } = gate
  const terms = { ...termsOf({ ...gate, intervalSeconds }, name, 0), takesMs: (spec?.deadlineSeconds ?? 0) * 1000 }
  const answer = watched(terms, context, before)
  const { settledAt } = context.stage
  if (answer.lookAt === undefined) return answer
  if (answer.state === 'failed') return withoutLook(answer)
  if (settledAt !== undefined) return { ...answer, lookAt: Math.max(answer.lookAt, instant(settledAt)) }
  const waits = answer.evidence === undefined ? { detail: 'runs when the nodes of the stage have settled' } : {}
  return { ...withoutLook(answer), ...waits }
}

function withoutLook({ lookAt: _, evidence, ...answer }: GateAnswer): GateAnswer {
  if (evidence === undefined) return answer
  const { nextAt: _nextAt, ...kept } = evidence
  return { ...answer, evidence: kept }
}
