import type { HistoryBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Connection } from '../view/connection.ts'
import type { Member } from '../view/node.ts'
import type { Dialog } from './dialog.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'

/** Everything that is on the screen follows from this. */
export type State = {
  readonly now: number
  readonly columns: number
  readonly rows: number
  readonly connection: Connection
  /** Where somebody came from, and last where they are. Never empty. */
  readonly path: readonly [Place, ...Place[]]
  readonly dialog?: Dialog
  readonly notice?: Notice
  /** Why something beside the plan itself cannot be read. */
  readonly unread: { readonly [topic in 'history' | 'nodes']?: string }
  readonly plans?: readonly RolloutBody[]
  readonly plan?: RolloutBody
  readonly history?: { readonly plan: string; readonly body: HistoryBody }
  readonly nodes?: { readonly plan: string; readonly stage: string; readonly members: readonly Member[] }
}

/** A sentence at the foot of the page, for a while. */
export type Notice = { readonly text: string; readonly until: number }

/** What is to be done outside. */
export type Command =
  | { readonly kind: 'send'; readonly request: Request }
  | { readonly kind: 'quit'; readonly how: 'asked' | 'interrupted' }

export type Step = { readonly state: State; readonly command?: Command }

export type Beginning = {
  readonly now: number
  readonly columns: number
  readonly rows: number
  /** Absent: the overview of all plans. */
  readonly plan?: string
}

export function begin({ now, columns, rows, plan }: Beginning): State {
  const place: Place =
    plan === undefined
      ? { kind: 'plans', selected: undefined, filter: '' }
      : { kind: 'plan', plan, selected: undefined }
  return { now, columns, rows, path: [place], connection: { kind: 'connecting', since: now }, unread: {} }
}

export function here({ path }: State): Place {
  return path.at(-1) ?? path[0]
}

/** The plan that is looked at, once it was read. */
export function planHere(state: State): RolloutBody | undefined {
  const place = here(state)
  return place.kind !== 'plans' && state.plan?.plan_id === place.plan ? state.plan : undefined
}

export function enter(state: State, place: Place): State {
  return { ...state, path: [...state.path, place] }
}

export function replaceHere(state: State, place: Place): State {
  const [first, ...rest] = state.path
  return { ...state, path: rest.length === 0 ? [place] : [first, ...rest.slice(0, -1), place] }
}

/** One step back; at the first place there is none. */
export function leave(state: State): State {
  const [first, ...rest] = state.path
  return { ...state, path: [first, ...rest.slice(0, -1)] }
}

export function withDialog(state: State, dialog: Dialog | undefined): State {
  const { dialog: _, notice: __, ...rest } = state
  return dialog === undefined ? rest : { ...rest, dialog }
}

const NOTICE_MS = 6_000

export function noticed(state: State, text: string): State {
  return { ...state, notice: { text, until: state.now + NOTICE_MS } }
}
