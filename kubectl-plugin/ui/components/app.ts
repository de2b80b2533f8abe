import { Fragment, type ReactNode, createElement } from 'react'
import type { Event } from '../state/event.ts'
import { type State, here, planHere } from '../state/state.ts'
import { DialogPage } from './dialog-page.ts'
import { Help } from './help.ts'
import { Keyboard } from './keyboard.ts'
import { type Look, LookProvider } from './look.ts'
import { NodePage } from './node-page.ts'
import { PlanPage } from './plan-page.ts'
import { PlansPage } from './plans-page.ts'
import { StagePage } from './stage-page.ts'
import { TimelinePage } from './timeline-page.ts'

type Props = {
  readonly state: State
  readonly look: Omit<Look, 'columns'>
  readonly onEvent: (event: Event) => void
}

/** The whole screen, from the state alone. */
export function App({ state, look, onEvent }: Props): ReactNode {
  return createElement(
    LookProvider,
    { value: { ...look, columns: state.columns } },
    createElement(Fragment, null, createElement(Keyboard, { onEvent }), createElement(Screen, { state })),
  )
}

export function Screen({ state }: { readonly state: State }): ReactNode {
  const { columns, rows, dialog } = state
  const plan = planHere(state)
  if (dialog?.kind === 'help') return createElement(Help, { columns, rows })
  if (dialog !== undefined && dialog.kind !== 'filter' && plan !== undefined)
    return createElement(DialogPage, { state, plan, dialog })
  const place = here(state)
  switch (place.kind) {
    case 'plans':
      return createElement(PlansPage, { state, place })
    case 'plan':
      return createElement(PlanPage, { state, place })
    case 'stage':
      return createElement(StagePage, { state, place })
    case 'node':
      return createElement(NodePage, { state, place })
    case 'timeline':
      return createElement(TimelinePage, { state, place })
  }
}
