import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { type Consequence, consequenceOf } from '../ui/view/consequence.ts'

/** Actions that cannot be taken back: a person is asked first. */
const FINAL: ReadonlySet<Strategy> = new Set(['rollback', 'skip_failed', 'halt', 'cancel', 'approve'])

/**
 * What an action would do to a plan as it is now, as the live view says it too; undefined for one that can be taken back.
 *
 * @param stageId the stage that is meant; default: the current one
 */
export function finalConsequence(plan: RolloutBody, strategy: Strategy, stageId?: string): Consequence | undefined {
  if (!FINAL.has(strategy)) return undefined
  if (strategy === 'cancel')
    return {
      ...consequenceOf(plan, 'rollback'),
      title: `Cancel ${plan.plan_id}`,
      lost: 'The plan ends for good as cancelled. Going on takes a new plan.',
    }
  const meant = stageId === undefined ? plan : { ...plan, current_stage_id: stageId }
  return consequenceOf(strategy === 'approve' ? meant : plan, strategy)
}

/** As a question is asked below it. */
export function consequenceText({ title, effects, lost }: Consequence): string {
  const lines = [...effects, lost].filter(line => line !== '').map(line => `  - ${line}\n`)
  return `${title}:\n${lines.join('')}`
}
