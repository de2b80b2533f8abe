import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import type { Style } from '../output/screen.ts'

export type Phase = RolloutBody['phase']
export type Stage = RolloutBody['stages'][number]
export type Condition = RolloutBody['conditions'][number]

export const ENDED: ReadonlySet<Phase> = new Set(['completed', 'rolled_back', 'cancelled'])

export function phaseStyle(phase: Phase): Style | undefined {
  const styles: { readonly [phase in Phase]?: Style } = {
    completed: 'green',
    paused: 'yellow',
    rolled_back: 'red',
    cancelled: 'red',
  }
  return styles[phase]
}

export function conditionOf({ conditions }: Pick<RolloutBody, 'conditions'>, type: string): Condition | undefined {
  return conditions.find(condition => condition.type === type)
}

/** Whether a person is needed, by the plan's own measure of time. */
export function stuckOf(plan: Pick<RolloutBody, 'conditions'>): Condition | undefined {
  const stuck = conditionOf(plan, 'Stuck')
  return stuck?.status === 'True' ? stuck : undefined
}

/** Why the plan is where it is: reason and sentence of its Ready condition. */
export function whyOf(plan: Pick<RolloutBody, 'conditions'>): Condition | undefined {
  return conditionOf(plan, 'Ready')
}

export function currentStage({ stages, current_stage_id: id }: RolloutBody): Stage | undefined {
  return stages.find(stage => stage.stage_id === id)
}
