import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { age } from '../output/age.ts'
import { plain } from '../output/screen.ts'
import { stuckOf, whyOf } from './phase.ts'

/** How a pipeline that waits for the plan ends; undefined while there is something to wait for. */
export function verdictOf(plan: RolloutBody): ExitCode | undefined {
  switch (plan.phase) {
    case 'completed':
      return EXIT.completed
    case 'rolled_back':
    case 'cancelled':
      return EXIT.failed
    default:
      return stuckOf(plan) === undefined ? undefined : EXIT.stuck
  }
}

/** `plan-abc123 active, stage stage-03, 38/60 nodes: GateFailed: …`. */
export function statusLine(plan: RolloutBody, now: number): string {
  const { plan_id, phase, current_stage_id, progress } = plan
  const why = whyOf(plan)
  const where = [
    `${plan_id} ${phase}`,
    ...(current_stage_id === undefined || phase === 'completed' ? [] : [`stage ${current_stage_id}`]),
    ...(progress === undefined ? [] : [`${progress} nodes`]),
    ...(stuckOf(plan) === undefined ? [] : [`stuck for ${age(plan.updated_at, now)}`]),
  ].join(', ')
  return plain(why === undefined ? where : `${where}: ${why.reason}: ${why.message}`)
}
