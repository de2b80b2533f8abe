import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import { clip } from '../clip.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { callbackOf } from './callback.ts'
import type { Reading } from './reading.ts'
import { onceSettled } from './settled.ts'
import { termsOf, watched } from './watched.ts'

/** What a service has answered. `taken`: it has taken the question on, and is to report by then; epoch milliseconds. */
export type Verdict =
  | { readonly kind: 'taken'; readonly reportBy: number }
  | { readonly kind: 'said'; readonly state: GateState['state']; readonly detail: string }
  | { readonly kind: 'nothing'; readonly why: string }

/** Passes when a service says that it has passed: at once, or, where the gate has a callback, in a report. */
export function webhook(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  const takesMs = callbackOf(gate)
  if (takesMs === undefined) return watched(termsOf(gate, name, 0), context, before)
  const answer = watched({ ...termsOf(gate, name, 0), takesMs }, context, before)
  return onceSettled(answer, context.stage, 'is asked when the nodes of the stage have settled')
}

/** Bytes that are kept of what was said: as much as the status has room for. */
const LONGEST = 250

/** What a verdict means for the gate. A service that does not know, or not yet, teaches as little as one that is away. */
export function judgeVerdict(verdict: Verdict, at: number): Reading {
  if (verdict.kind === 'nothing') return { at, verdict: 'unknown', trouble: clip(verdict.why, LONGEST) }
  if (verdict.kind === 'taken') return { at, verdict: 'unknown', reportBy: verdict.reportBy }
  const { state, detail } = verdict
  if (state === 'unknown') return { at, verdict: 'unknown', trouble: clip(detail || 'it does not know yet', LONGEST) }
  const said = detail === '' ? {} : { said: clip(detail, LONGEST) }
  return { at, verdict: state === 'passed' ? 'good' : 'bad', value: state, ...said }
}

/**
 * What a report means for the gate. It is of now, and speaks of the stage as it was when the question was asked.
 *
 * @param askedAt epoch milliseconds
 */
export function judgeReport(state: GateState['state'], detail: string, askedAt: number, now: number): Reading {
  return { ...judgeVerdict({ kind: 'said', state, detail }, now), sampledAt: askedAt, reports: askedAt }
}
