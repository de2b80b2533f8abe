import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { holdingGates } from '../view/offer.ts'
import { filterNodes, filterPlans } from '../view/filter.ts'
import { moved } from '../view/list.ts'
import { type NodeRow, nodeRows } from '../view/node.ts'
import { type PlanRow, planRows } from '../view/plans.ts'
import type { State } from './state.ts'
import type { Place } from './place.ts'

/** The rows of a page after its filter, and which of them is chosen: the named one, or the first. */
export type Choice<T> = { readonly rows: readonly T[]; readonly index: number; readonly all: number }

export function plansOf(state: State, { selected, filter }: Extract<Place, { kind: 'plans' }>): Choice<PlanRow> {
  const all = planRows(state.plans ?? [], state.now)
  const rows = filterPlans(all, filter)
  const index = rows.findIndex(({ plan }) => plan === selected)
  return { rows, index: Math.max(0, index), all: all.length }
}

export function membersOf(state: State, place: Extract<Place, { kind: 'stage' }>): Choice<NodeRow> | undefined {
  const { nodes } = state
  if (nodes === undefined || nodes.plan !== place.plan || nodes.stage !== place.stage) return undefined
  const all = nodeRows(nodes.members)
  const rows = filterNodes(all, place.filter)
  const index = rows.findIndex(({ name }) => name === place.selected)
  return { rows, index: Math.max(0, index), all: all.length }
}

export type HoldingGate = ReturnType<typeof holdingGates>[number]

/** Of the gates that hold the stage up. */
export function gatesOf(plan: RolloutBody, selected: string | undefined): Choice<HoldingGate> {
  const rows = holdingGates(plan)
  return {
    rows,
    index: Math.max(
      0,
      rows.findIndex(({ name }) => name === selected),
    ),
    all: rows.length,
  }
}

export function movedTo<T>({ rows, index }: Choice<T>, by: number): T | undefined {
  return rows[moved(rows.length, index, by)]
}
