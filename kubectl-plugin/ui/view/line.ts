import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { standingOf } from './standing.ts'
import { plain } from './text.ts'

/** What a plan is like, in one line that is the same as long as nothing has changed. */
export function lineOf(plan: RolloutBody): string {
  const { word, reason, sentence } = standingOf(plan, 0)
  const stage = plan.current_stage_id === undefined ? '' : ` stage ${plan.current_stage_id}`
  const progress = plan.progress === undefined ? '' : ` ${plan.progress}`
  const state = word === plan.phase.replace('_', ' ') ? '' : ` (${word})`
  return `${plan.plan_id} ${plan.phase}${state}${stage}${progress} ${reason}: ${plain(sentence)}`
}

/** Lines for the plans that differ from what they were. */
export function changes(before: ReadonlyMap<string, string>, plans: readonly RolloutBody[]): readonly string[] {
  const now = new Set(plans.map(({ plan_id }) => plan_id))
  const gone = [...before.keys()].filter(name => !now.has(name)).map(name => `${name} is gone`)
  return [...plans.map(lineOf).filter((line, index) => before.get(plans[index]?.plan_id ?? '') !== line), ...gone]
}
