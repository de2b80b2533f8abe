import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'

/** Where somebody is. `selected` is kept by name, so that a list that moves does not move the choice. */
export type Place =
  | { readonly kind: 'plans'; readonly selected: string | undefined; readonly filter: string }
  | { readonly kind: 'plan'; readonly plan: string; readonly selected: string | undefined }
  | {
      readonly kind: 'stage'
      readonly plan: string
      readonly stage: string
      readonly selected: string | undefined
      readonly filter: string
    }
  | { readonly kind: 'node'; readonly plan: string; readonly stage: string; readonly node: string }
  | { readonly kind: 'timeline'; readonly plan: string; readonly offset: number }

/** A row of a plan's page that can be opened. */
export type Target =
  | { readonly kind: 'stage'; readonly id: string; readonly stage: string }
  | { readonly kind: 'node'; readonly id: string; readonly stage: string; readonly node: string }

/** Stages first, then the nodes that fail. */
export function targetsOf({ stages, failing_nodes }: RolloutBody): readonly Target[] {
  return [
    ...stages.map(({ stage_id: stage }): Target => ({ kind: 'stage', id: `stage/${stage}`, stage })),
    ...failing_nodes.map(({ name: node, stage_id: stage }): Target => ({
      kind: 'node',
      id: `node/${stage}/${node}`,
      stage,
      node,
    })),
  ]
}

/** The row that is chosen; at first the stage the plan is in. */
export function chosenTarget(plan: RolloutBody, selected: string | undefined): Target | undefined {
  const targets = targetsOf(plan)
  return (
    targets.find(({ id }) => id === selected) ??
    targets.find(({ id }) => id === `stage/${plan.current_stage_id ?? ''}`) ??
    targets[0]
  )
}
