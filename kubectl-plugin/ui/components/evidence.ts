import { Fragment, type ReactNode, createElement } from 'react'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { State } from '../state/state.ts'
import { allot } from '../view/allot.ts'
import { stageGates } from '../view/gate.ts'
import { failingNodes } from '../view/node.ts'
import { currentStage } from '../view/offer.ts'
import { sharesOf, sum } from '../view/shares.ts'
import { Failing } from './failing.ts'
import { Gates } from './gates.ts'
import { topRows } from './plan-top.ts'

type Props = { readonly state: State; readonly plan: RolloutBody }

/** Rows of the questions above. */
const GUIDE_ROWS = 10

/** What somebody needs to see to answer the guide's questions, where there is room for it. */
export function Evidence({ state, plan }: Props): ReactNode {
  const { columns, rows, now } = state
  const gates = stageGates(plan, currentStage(plan), now)
  const failing = failingNodes(plan)
  const failed = sum(plan.stages.map(({ counts }) => sharesOf(counts))).failed
  const {
    rows: [forFailing = 0, forGates = 0],
  } = allot(rows - topRows(state, plan) - GUIDE_ROWS - 3, [
    { least: 2, most: failing.length === 0 ? 0 : failing.length + 1 },
    { least: 2, most: gates.length === 0 ? 0 : gates.length + 1 },
  ])
  return createElement(
    Fragment,
    null,
    createElement(Failing, {
      failing,
      all: Math.max(failed, failing.length),
      chosen: -1,
      columns,
      rows: forFailing,
      gap: 1,
    }),
    createElement(Gates, { stage: plan.current_stage_id ?? '', gates, columns, rows: forGates, gap: 1 }),
  )
}
