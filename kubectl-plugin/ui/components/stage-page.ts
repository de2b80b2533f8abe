import { type ReactNode, createElement } from 'react'
import { membersOf } from '../state/chosen.ts'
import type { Place } from '../state/place.ts'
import { type State, planHere } from '../state/state.ts'
import { stageGates } from '../view/gate.ts'
import { lanesOf } from '../view/lane.ts'
import { FilterLine } from './filter-line.ts'
import { Footer } from './footer.ts'
import { Gates } from './gates.ts'
import { actionHints } from './hints.ts'
import { Lanes } from './lanes.ts'
import { NodeTable } from './node-table.ts'
import { Line } from './line.ts'
import { Page } from './page.ts'
import { PlanTop, topRows } from './plan-top.ts'

type Props = { readonly state: State; readonly place: Extract<Place, { kind: 'stage' }> }

/** A stage: its lane, its gates, and every one of its nodes. */
export function StagePage({ state, place }: Props): ReactNode {
  const { columns, rows, now, dialog } = state
  const plan = planHere(state)
  const hints = [
    ...actionHints(plan),
    { key: 'enter', does: 'node' },
    { key: '/', does: 'filter' },
    { key: 'esc', does: 'back' },
    { key: '?', does: 'help' },
    { key: 'q', does: 'quit' },
  ]
  const frame = { columns, rows, footer: createElement(Footer, { hints, notice: state.notice?.text }) }
  const top = createElement(PlanTop, { state, name: place.plan, plan, within: `stage ${place.stage}` })
  if (plan === undefined) return createElement(Page, frame, top)

  const lane = lanesOf(plan, now).filter(({ stage }) => stage === place.stage)
  const stage = plan.stages.find(({ stage_id }) => stage_id === place.stage)
  const gates = stageGates(plan, stage, now)
  const choice = membersOf(state, place)
  const filtering = dialog?.kind === 'filter' || place.filter !== ''
  const above = topRows(state, plan) + 2
  const forGates = rows - above < 12 ? 0 : Math.max(1, gates.length) + 1
  const room = Math.max(2, rows - above - forGates - (filtering ? 1 : 0) - 2)
  return createElement(
    Page,
    frame,
    top,
    createElement(Lanes, { lanes: lane, chosen: undefined, columns, rows: 2, gap: 0 }),
    createElement(Gates, { stage: place.stage, gates, columns, rows: forGates, gap: 0 }),
    filtering && choice !== undefined
      ? createElement(FilterLine, {
          text: place.filter,
          editing: dialog?.kind === 'filter',
          found: choice.rows.length,
          all: choice.all,
        })
      : null,
    choice === undefined
      ? createElement(Line, { spans: [{ text: state.unread.nodes ?? 'the nodes are being read', tone: 'quiet' }] })
      : createElement(NodeTable, { choice, opened: stage?.phase !== 'pending', columns, rows: room, now }),
  )
}
