import { type ReactNode, createElement } from 'react'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { gatesOf } from '../state/chosen.ts'
import type { Dialog } from '../state/dialog.ts'
import type { State } from '../state/state.ts'
import { Confirmation } from './confirmation.ts'
import { Evidence } from './evidence.ts'
import { Footer, type Hint } from './footer.ts'
import { GateChoice } from './gate-choice.ts'
import { Guide } from './guide.ts'
import { Header } from './header.ts'
import { OutcomePanel } from './outcome-panel.ts'
import { Page } from './page.ts'
import { PlanTop } from './plan-top.ts'
import { ReasonEntry } from './reason.ts'
import { Sending } from './sending.ts'

type Props = {
  readonly state: State
  readonly plan: RolloutBody
  readonly dialog: Exclude<Dialog, { kind: 'help' | 'filter' }>
}

/** Fewer rows than this are needed for the question itself. */
const LOW = 20

/** The answers there are, in the last row too: they are never cut off. */
const HINTS: { readonly [kind in Props['dialog']['kind']]: readonly Hint[] } = {
  gates: [
    { key: 'up, down', does: 'choose' },
    { key: 'enter', does: 'skip it' },
    { key: 'esc', does: 'leave it' },
  ],
  guide: [
    { key: 'y', does: 'yes' },
    { key: 'n', does: 'no' },
    { key: 'esc', does: 'leave it' },
  ],
  reason: [
    { key: 'enter', does: 'show what will happen' },
    { key: 'esc', does: 'back' },
  ],
  confirm: [
    { key: 'y', does: 'do it' },
    { key: 'n', does: 'leave it' },
    { key: 'esc', does: 'back' },
  ],
  sending: [{ key: 'Ctrl-C', does: 'quit' }],
  outcome: [{ key: 'enter', does: 'back' }],
}

/** A question about a plan, under the head that says how the plan stands. */
export function DialogPage({ state, plan, dialog }: Props): ReactNode {
  const { columns, rows, now, connection } = state
  const footer = createElement(Footer, { hints: HINTS[dialog.kind], notice: state.notice?.text })
  return createElement(
    Page,
    { columns, rows, footer },
    rows < LOW
      ? createElement(Header, { title: plan.plan_id, details: [], connection, now })
      : createElement(PlanTop, { state, name: plan.plan_id, plan }),
    panelOf(state, plan, dialog),
    dialog.kind === 'guide' && rows >= LOW ? createElement(Evidence, { state, plan }) : null,
  )
}

function panelOf({ columns, rows, now }: State, plan: RolloutBody, dialog: Props['dialog']): ReactNode {
  switch (dialog.kind) {
    case 'gates':
      return createElement(GateChoice, { choice: gatesOf(plan, dialog.selected), columns, rows })
    case 'guide':
      return createElement(Guide, { plan, question: dialog.question, complaint: dialog.complaint, columns })
    case 'reason':
      return createElement(ReasonEntry, {
        plan,
        draft: dialog.draft,
        text: dialog.text,
        complaint: dialog.complaint,
        columns,
      })
    case 'confirm':
      return createElement(Confirmation, { plan, request: dialog.request, basis: dialog.basis, columns })
    case 'sending':
      return createElement(Sending, { request: dialog.request, since: dialog.since, now, columns })
    case 'outcome':
      return createElement(OutcomePanel, { request: dialog.request, outcome: dialog.outcome, columns })
  }
}
