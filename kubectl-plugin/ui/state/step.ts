import { inDialog } from './in-dialog.ts'
import { onPage } from './on-page.ts'
import type { Answer, Event, Input } from './event.ts'
import { type State, type Step, withDialog } from './state.ts'

/** What follows from an event. Pure: no clock, no terminal, no request. */
export function step(state: State, event: Event): Step {
  switch (event.kind) {
    case 'resize':
      return { state: { ...state, columns: event.columns, rows: event.rows } }
    case 'tick':
      return { state: aged({ ...state, now: event.now }) }
    case 'answer':
      return { state: answered({ ...state, now: event.now }, event.answer) }
    case 'failure':
      return { state: failed({ ...state, now: event.now }, event) }
    case 'sent':
      return { state: sent({ ...state, now: event.now }, event) }
    case 'key':
      if (event.key === 'interrupt') return { state, command: { kind: 'quit', how: 'interrupted' } }
      return pressed(state, event)
    case 'character':
    case 'paste':
      return pressed(state, event)
  }
}

/** A notice has been read once another key is pressed. */
function pressed(state: State, event: Input): Step {
  const { notice: _, ...rest } = state
  return rest.dialog === undefined ? onPage(rest, event) : inDialog(rest, rest.dialog, event)
}

function aged(state: State): State {
  if (state.notice === undefined || state.notice.until > state.now) return state
  const { notice: _, ...rest } = state
  return rest
}

function answered(state: State, answer: Answer): State {
  const live: State = { ...state, connection: { kind: 'live', at: state.now } }
  switch (answer.topic) {
    case 'plans':
      return { ...live, plans: answer.plans }
    case 'plan':
      return { ...live, plan: answer.plan }
    case 'history':
      return { ...live, history: { plan: answer.plan, body: answer.history } }
    case 'nodes': {
      const { plan, stage, members } = answer
      return { ...live, nodes: { plan, stage, members } }
    }
  }
}

function failed(state: State, { failures, why, retryAt }: Extract<Event, { kind: 'failure' }>): State {
  const { connection } = state
  const lastAt = connection.kind === 'live' ? connection.at : connection.kind === 'lost' ? connection.lastAt : undefined
  return { ...state, connection: { kind: 'lost', lastAt, failures, why, retryAt } }
}

function sent(state: State, { outcome }: Extract<Event, { kind: 'sent' }>): State {
  if (state.dialog?.kind !== 'sending') return state
  return withDialog(state, { kind: 'outcome', request: state.dialog.request, outcome })
}
