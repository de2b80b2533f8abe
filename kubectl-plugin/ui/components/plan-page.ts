import { type ReactNode, createElement } from 'react'
import { type Place, chosenTarget, targetsOf } from '../state/place.ts'
import { type State, planHere } from '../state/state.ts'
import { allot } from '../view/allot.ts'
import { stageGates } from '../view/gate.ts'
import { lanesOf } from '../view/lane.ts'
import { failingNodes } from '../view/node.ts'
import { sharesOf, sum } from '../view/shares.ts'
import { momentsOf } from '../view/timeline.ts'
import { Failing } from './failing.ts'
import { Footer, type Hint } from './footer.ts'
import { Gates } from './gates.ts'
import { actionHints } from './hints.ts'
import { Lanes } from './lanes.ts'
import { Page } from './page.ts'
import { PlanTop, topRows } from './plan-top.ts'
import { Timeline } from './timeline.ts'

type Props = { readonly state: State; readonly place: Extract<Place, { kind: 'plan' }> }

/** A plan at a glance. */
export function PlanPage({ state, place }: Props): ReactNode {
  const { columns, rows, now } = state
  const plan = planHere(state)
  const frame = {
    columns,
    rows,
    footer: createElement(Footer, { hints: hints(state), notice: state.notice?.text }),
  }
  const top = createElement(PlanTop, { state, name: place.plan, plan })
  if (plan === undefined) return createElement(Page, frame, top)

  const target = chosenTarget(plan, place.selected)
  const lanes = lanesOf(plan, now)
  const current = plan.stages.find(({ stage_id }) => stage_id === (target?.stage ?? plan.current_stage_id))
  const gates = stageGates(plan, current, now)
  const failing = failingNodes(plan)
  const failed = sum(plan.stages.map(({ counts }) => sharesOf(counts))).failed
  const moments = state.history?.plan === place.plan ? momentsOf(state.history.body, now) : undefined
  const room = rows - topRows(state, plan) - 2
  const {
    rows: [forLanes = 0, forGates = 0, forFailing = 0, forTimeline = 0],
    gap,
  } = allot(room, [
    { least: Math.min(lanes.length, 5) + 1, most: lanes.length + 1 },
    { least: Math.min(gates.length, 3) + 1, most: Math.max(1, gates.length) + 1 },
    { least: 2, most: failing.length === 0 ? 0 : failing.length + 1 },
    { least: 2, most: (moments?.length ?? 1) + 1 },
  ])
  const nodes = targetsOf(plan).filter(({ kind }) => kind === 'node')
  return createElement(
    Page,
    frame,
    top,
    createElement(Lanes, {
      lanes,
      chosen: target?.kind === 'stage' ? target.stage : undefined,
      columns,
      rows: forLanes,
      gap: 1,
    }),
    createElement(Gates, { stage: current?.stage_id ?? '', gates, columns, rows: forGates, gap }),
    createElement(Failing, {
      failing,
      all: Math.max(failed, failing.length),
      chosen: nodes.findIndex(({ id }) => id === target?.id),
      columns,
      rows: forFailing,
      gap,
    }),
    createElement(Timeline, { moments, unread: state.unread.history, offset: 0, columns, rows: forTimeline, gap }),
  )
}

function hints(state: State): readonly Hint[] {
  return [
    ...actionHints(planHere(state)),
    { key: 'enter', does: 'open' },
    ...(state.path.length > 1 ? [{ key: 'esc', does: 'plans' }] : []),
    { key: 't', does: 'timeline' },
    { key: '?', does: 'help' },
    { key: 'q', does: 'quit' },
  ]
}
