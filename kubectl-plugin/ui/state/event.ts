import type { HistoryBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Member } from '../view/node.ts'
import type { Outcome } from './dialog.ts'

export type Key =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  /** Ctrl-U: everything that was typed. */
  | 'erase'
  /** Ctrl-C. */
  | 'interrupt'

/** What was read. */
export type Answer =
  | { readonly topic: 'plans'; readonly plans: readonly RolloutBody[] }
  | { readonly topic: 'plan'; readonly plan: RolloutBody }
  | { readonly topic: 'history'; readonly plan: string; readonly history: HistoryBody }
  | { readonly topic: 'nodes'; readonly plan: string; readonly stage: string; readonly members: readonly Member[] }

export type Topic = Answer['topic']

/** Everything that can happen to the view. Times are epoch milliseconds. */
export type Event =
  | { readonly kind: 'key'; readonly key: Key }
  /** One character that was typed. `alone`: it did not arrive together with others, so it is no remainder of a paste. */
  | { readonly kind: 'character'; readonly character: string; readonly alone: boolean }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'tick'; readonly now: number }
  | { readonly kind: 'answer'; readonly now: number; readonly answer: Answer }
  | {
      readonly kind: 'failure'
      readonly now: number
      readonly topic: Topic
      readonly why: string
      /** Somebody answered, and said no. */
      readonly answered: boolean
      readonly failures: number
      readonly retryAt: number
    }
  | { readonly kind: 'sent'; readonly now: number; readonly outcome: Outcome }

/** What a person does. */
export type Input = Extract<Event, { readonly kind: 'key' | 'character' | 'paste' }>
