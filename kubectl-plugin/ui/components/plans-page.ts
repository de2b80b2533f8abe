import { Fragment, type ReactNode, createElement } from 'react'
import { plansOf } from '../state/chosen.ts'
import type { Place } from '../state/place.ts'
import type { State } from '../state/state.ts'
import { columnFor } from '../view/columns.ts'
import { brief } from '../view/duration.ts'
import { windowOf } from '../view/list.ts'
import { type PlanRow, planRows, tallyOf } from '../view/plans.ts'
import { plain } from '../view/text.ts'
import { Cells } from './cells.ts'
import { Footer } from './footer.ts'
import { Header } from './header.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'
import { Page } from './page.ts'
import { progressBar } from './progress-bar.ts'
import { STANDING_TONE, markOf } from './standing-lines.ts'
import { FilterLine } from './filter-line.ts'

type Props = { readonly state: State; readonly place: Extract<Place, { kind: 'plans' }> }

/** Every plan in a row, those that need somebody first. */
export function PlansPage({ state, place }: Props): ReactNode {
  const { columns, rows, connection, now, dialog } = state
  const { rows: plans, index, all } = plansOf(state, place)
  const lost = connection.kind === 'lost'
  const filtering = dialog?.kind === 'filter' || place.filter !== ''
  const room = Math.max(1, rows - 4 - (lost ? 1 : 0) - (filtering ? 1 : 0))
  const { from, to, above, below } = windowOf(plans.length, index, room)
  const shown = plans.slice(from, to)
  const hints = [
    { key: 'enter', does: 'open' },
    { key: 'r', does: 'recover' },
    { key: 'a', does: 'approve' },
    { key: '/', does: 'filter' },
    { key: '?', does: 'help' },
    { key: 'q', does: 'quit' },
  ]
  const part = above + below === 0 ? '' : `  rows ${from + 1}-${to} of ${plans.length}`
  return createElement(
    Page,
    { columns, rows, footer: createElement(Footer, { hints, notice: state.notice?.text }) },
    createElement(Header, {
      title: 'Rollout plans',
      details: [state.plans === undefined ? '' : tallyOf(planRows(state.plans, now))],
      connection,
      now,
    }),
    lost ? createElement(Line, { spans: [{ text: plain(connection.why), tone: 'bad' }] }) : null,
    filtering
      ? createElement(FilterLine, { text: place.filter, editing: dialog?.kind === 'filter', found: plans.length, all })
      : null,
    state.plans === undefined
      ? createElement(Line, { spans: [{ text: 'waiting for the first answer', tone: 'quiet' }] })
      : null,
    state.plans !== undefined && all === 0
      ? createElement(Line, {
          spans: [{ text: 'There is no plan yet. rollout plan create -f FILE makes one.', tone: 'quiet' }],
        })
      : null,
    shown.length === 0 ? null : createElement(PlanTable, { shown, chosen: index - from, columns, part }),
  )
}

type TableProps = {
  readonly shown: readonly PlanRow[]
  readonly chosen: number
  readonly columns: number
  readonly part: string
}

function PlanTable({ shown, chosen, columns, part }: TableProps): ReactNode {
  const { glyphs, spoken } = useLook()
  const width = {
    plan: columnFor(
      shown.map(({ plan }) => plan),
      Math.max(12, Math.floor(columns / 3)),
      4,
    ),
    state: columnFor(
      shown.map(({ state }) => state),
      14,
      5,
    ),
    stage:
      columns < 60
        ? 0
        : columnFor(
            shown.map(({ stage }) => stage),
            16,
            5,
          ),
    bar: columns < 72 ? 0 : Math.max(8, Math.floor(columns / 8)),
    progress: columnFor(
      shown.map(({ progress }) => progress),
      13,
      5,
    ),
    idle: 5,
  }
  const used = Object.values(width).reduce((sum, cells) => sum + (cells > 0 ? cells + 1 : 0), 4)
  const sentence = Math.max(0, columns - used)
  const head = spoken
    ? null
    : createElement(Cells, {
        cells: [
          { text: '', width: 3 },
          { text: 'PLAN', width: width.plan, tone: 'quiet' },
          { text: 'STATE', width: width.state, tone: 'quiet' },
          { text: 'STAGE', width: width.stage, tone: 'quiet' },
          { text: '', width: width.bar },
          { text: 'NODES', width: width.progress, side: 'right', tone: 'quiet' },
          { text: 'IDLE', width: width.idle, side: 'right', tone: 'quiet' },
          { text: `WHY${part}`, width: sentence, tone: 'quiet' },
        ],
      })
  return createElement(
    Fragment,
    null,
    head,
    ...shown.map((row, index) =>
      createElement(Cells, {
        key: row.plan,
        bold: index === chosen,
        cells: [
          { text: index === chosen ? glyphs.pointer : '', width: 1, tone: 'strong' },
          { text: markOf(row.kind, glyphs), width: 1, tone: STANDING_TONE[row.kind] },
          { text: row.plan, width: width.plan },
          { text: row.state, width: width.state, tone: STANDING_TONE[row.kind] },
          { text: row.stage, width: width.stage },
          ...(width.bar === 0 || spoken ? [] : [progressBar(row.shares, width.bar, glyphs)]),
          { text: row.progress, width: width.progress, side: 'right' },
          { text: brief(row.idleMs), width: width.idle, side: 'right', tone: 'quiet' },
          { text: row.sentence, width: sentence, tone: row.kind === 'done' ? 'quiet' : 'plain' },
        ],
      }),
    ),
  )
}
