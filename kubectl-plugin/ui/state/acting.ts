import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Deed, holdingGates, offerOf, offerOfGate } from '../view/offer.ts'
import type { Question } from './dialog.ts'
import { basisOf, draftOf, draftOfGate } from './request.ts'
import { type State, noticed, withDialog } from './state.ts'

/** The strategy that a yes to each question of the runbook's decision tree leads to. */
export const STRATEGY_OF = { harmful: 'rollback', clears: 'retry', validated: 'skip_failed' } as const satisfies {
  readonly [question in Exclude<Question, 'none'>]: Deed
}

export const NEXT_OF: { readonly [question in Exclude<Question, 'none'>]: Question } = {
  harmful: 'clears',
  clears: 'validated',
  validated: 'none',
}

/** Puts the first question, or says why there is none. */
export function begun(
  state: State,
  plan: RolloutBody,
  what: Exclude<Deed, 'rollback' | 'retry' | 'skip_failed'> | 'recover',
): State {
  if (what !== 'recover') return asked(state, plan, what)
  const offer = offerOf(plan, 'rollback')
  if (offer.kind === 'refused') return noticed(state, offer.why)
  return withDialog(state, { kind: 'guide', question: 'harmful' })
}

/** Asks for the reason to skip the gate that holds the stage up; where several do, first which. */
export function skipping(state: State, plan: RolloutBody): State {
  const offer = offerOfGate(plan)
  if (offer.kind === 'refused') return noticed(state, offer.why)
  const [gate, ...others] = holdingGates(plan)
  return gate !== undefined && others.length === 0
    ? askedOfGate(state, plan, gate.name)
    : withDialog(state, { kind: 'gates' })
}

export function askedOfGate(state: State, plan: RolloutBody, gate: string): State {
  const basis = { ...basisOf(plan), gate }
  return withDialog(state, { kind: 'reason', draft: draftOfGate(plan, gate), basis, text: '' })
}

/** Asks for the reason. Never filled in beforehand: a reason that a program made up is none. */
export function asked(state: State, plan: RolloutBody, deed: Deed, from?: Question): State {
  const offer = offerOf(plan, deed)
  if (offer.kind === 'refused')
    return from === undefined
      ? noticed(state, offer.why)
      : withDialog(state, { kind: 'guide', question: from, complaint: offer.why })
  const draft = draftOf(plan, deed)
  if (draft === undefined) return state
  return withDialog(state, {
    kind: 'reason',
    draft,
    basis: basisOf(plan),
    text: '',
    ...(from === undefined ? {} : { from }),
  })
}
