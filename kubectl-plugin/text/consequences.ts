import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { type Consequence, consequenceOf, skippedGate } from '../ui/view/consequence.ts'

/** What an action names beside the plan. */
type Meant = { readonly stageId?: string | undefined; readonly gate?: string | undefined }

/** Actions that cannot be taken back: a person is asked first. */
const FINAL: ReadonlySet<Strategy> = new Set(['rollback', 'skip_failed', 'halt', 'cancel', 'approve'])

/**
 * What an action would do to a plan as it is now, as the live view says it too; undefined for one that can be taken back.
 *
 * @param meant the stage, by default the current one, and the gate
 */
export function finalConsequence(
  plan: RolloutBody,
  strategy: Strategy,
  { stageId, gate }: Meant = {},
): Consequence | undefined {
  if (strategy === 'gate-report' || !FINAL.has(strategy)) return undefined
  if (strategy === 'skip_failed' && gate !== undefined) return skippedGate(plan, gate)
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
