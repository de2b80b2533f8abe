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
  const live = { connection: { kind: 'live', at: state.now } } as const
  switch (answer.topic) {
    case 'plans':
      return { ...state, ...live, plans: answer.plans }
    case 'plan':
      return { ...state, ...live, plan: answer.plan }
    case 'history': {
      const { history: _, ...unread } = state.unread
      return { ...state, unread, history: { plan: answer.plan, body: answer.history } }
    }
    case 'nodes': {
      const { plan, stage, members } = answer
      const { nodes: _, ...unread } = state.unread
      return { ...state, unread, nodes: { plan, stage, members } }
    }
  }
}

/** What is shown is only as good as the plan itself: history and nodes may be missing beside it. */
function failed(state: State, { topic, failures, why, answered, retryAt }: Extract<Event, { kind: 'failure' }>): State {
  if (topic === 'history' || topic === 'nodes') return { ...state, unread: { ...state.unread, [topic]: why } }
  const { connection } = state
  const lastAt = connection.kind === 'live' ? connection.at : connection.kind === 'lost' ? connection.lastAt : undefined
  return { ...state, connection: { kind: 'lost', lastAt, failures, why, answered, retryAt } }
}

function sent(state: State, { outcome }: Extract<Event, { kind: 'sent' }>): State {
  if (state.dialog?.kind !== 'sending') return state
  return withDialog(state, { kind: 'outcome', request: state.dialog.request, outcome })
}
