import type { Verdict } from '../../api/gate-state.ts'
import type { GateSpec } from '../../api/rollout-plan.ts'

/**
 * What one look outside has shown. Looks are made elsewhere; the domain asks for them, and takes them in as part of the
 * observation.
 *
 * `unknown` is what a look has shown that taught nothing: no answer, an answer without a number, too little evidence.
 */
export type Reading = {
  /** When the look was begun, epoch milliseconds. */
  readonly at: number
  readonly verdict: Verdict
  /** For people; absent when nothing was learned. */
  readonly value?: string
  readonly threshold?: string
  /** What was said besides, and where to read more. */
  readonly said?: string
  /** Of when the value is, as its source says; epoch milliseconds. */
  readonly sampledAt?: number
  /** Why nothing was learned. */
  readonly trouble?: string
  /** The question was taken on instead of answered: a report is waited for until then; epoch milliseconds. */
  readonly reportBy?: number
  /** It is the report on the question asked then; epoch milliseconds. */
  readonly reports?: number
  /** The look goes on, and `trouble` says how it stands: this counts for nothing, and another reading follows. */
  readonly pending?: true
}

/** A look that the domain wants, again and again until it is no longer asked for. */
export type Ask = {
  readonly stage: string
  /** Of the gate. */
  readonly name: string
  readonly gate: GateSpec
  /** Names of the stage's nodes that were told, in their frozen order. */
  readonly nodes: readonly string[]
  /** When the stage opened; epoch milliseconds. */
  readonly openedAt: number
  /** When its nodes had settled; absent while they have not. */
  readonly settledAt?: number
  /** Time of the reading before, else of the opening or the last retry: the same for whoever leads until the next one. */
  readonly after: number
  /** When to look next; epoch milliseconds. */
  readonly due: number
}

/** Readings that the plan's status does not cover yet, by gate of the open stage, oldest first. */
export type Readings = ReadonlyMap<string, readonly Reading[]>

export function readingKey(stage: string, gate: string): string {
  return `${stage}/${gate}`
}
