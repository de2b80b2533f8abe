import { type ReactNode, createElement } from 'react'
import type { Place } from '../state/place.ts'
import { type State, planHere } from '../state/state.ts'
import { momentsOf } from '../view/timeline.ts'
import { Footer } from './footer.ts'
import { Page } from './page.ts'
import { PlanTop, topRows } from './plan-top.ts'
import { Timeline } from './timeline.ts'

type Props = { readonly state: State; readonly place: Extract<Place, { kind: 'timeline' }> }

/** Everything that happened to a plan. */
export function TimelinePage({ state, place }: Props): ReactNode {
  const { columns, rows, now } = state
  const plan = planHere(state)
  const hints = [
    { key: 'up/down', does: 'scroll' },
    { key: 'esc', does: 'back' },
    { key: '?', does: 'help' },
    { key: 'q', does: 'quit' },
  ]
  const moments = state.history?.plan === place.plan ? momentsOf(state.history.body, now) : undefined
  return createElement(
    Page,
    { columns, rows, footer: createElement(Footer, { hints, notice: state.notice?.text }) },
    createElement(PlanTop, { state, name: place.plan, plan, within: 'timeline' }),
    createElement(Timeline, {
      moments,
      unread: state.unread.history,
      offset: place.offset,
      columns,
      rows: Math.max(2, rows - topRows(state, plan) - 2),
      gap: 1,
    }),
  )
}
