import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { onceSettled } from './settled.ts'
import { termsOf, watched } from './watched.ts'

/** Seconds from the end of one Job to the next, unless a gate says otherwise. */
export const JOB_INTERVAL = 300

/** Passes when a Job ends with exit code 0. */
export function job(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  const { intervalSeconds = JOB_INTERVAL, job: spec } = gate
  const terms = { ...termsOf({ ...gate, intervalSeconds }, name, 0), takesMs: (spec?.deadlineSeconds ?? 0) * 1000 }
  return onceSettled(watched(terms, context, before), context.stage, 'runs when the nodes of the stage have settled')
}
