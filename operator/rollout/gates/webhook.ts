import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import { clip } from '../clip.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import type { Reading } from './reading.ts'
import { termsOf, watched } from './watched.ts'

/** What a service has answered. */
export type Verdict =
  | { readonly kind: 'said'; readonly state: GateState['state']; readonly detail: string }
  | { readonly kind: 'nothing'; readonly why: string }

/** Passes when a service says that it has passed. */
export function webhook(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  return watched(termsOf(gate, name, 0), context, before)
}

/** Bytes that are kept of what was said: as much as the status has room for. */
const LONGEST = 250

/** What a verdict means for the gate. A service that does not know, or not yet, teaches as little as one that is away. */
export function judgeVerdict(verdict: Verdict, at: number): Reading {
  if (verdict.kind === 'nothing') return { at, verdict: 'unknown', trouble: clip(verdict.why, LONGEST) }
  const { state, detail } = verdict
  if (state === 'unknown') return { at, verdict: 'unknown', trouble: clip(detail || 'it does not know yet', LONGEST) }
  const said = detail === '' ? {} : { said: clip(detail, LONGEST) }
  return { at, verdict: state === 'passed' ? 'good' : 'bad', value: state, ...said }
}
