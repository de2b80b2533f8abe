import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { UsageError } from '../cli/invocation.ts'

/** The current stage of a plan. @throws UsageError when it has none, with those that can be named */
export function stageOf({ plan_id, phase, current_stage_id, stages }: RolloutBody): string {
  if (current_stage_id !== undefined) return current_stage_id
  const known = stages.map(({ stage_id }) => stage_id).join(', ')
  throw new UsageError(`plan ${plan_id} is ${phase} and has no current stage; name one with --stage-id: ${known}`)
}
