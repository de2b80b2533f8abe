import type { GatesBody } from '../../../operator/rest/schema/bodies.ts'
import { short, since } from './duration.ts'
import { plain } from './text.ts'

export type GateRow = {
  readonly name: string
  readonly kind: string
  readonly state: 'passed' | 'failed' | 'unknown'
  readonly detail: string
  /** How long it has been in this state; empty for a gate that was never asked. */
  readonly age: string
}

/** As a stage of a plan has them too. */
export function gateRows(gates: GatesBody['gates'], now: number): readonly GateRow[] {
  return gates.map(({ name, kind, state, detail, since: from, dry_run: dry }) => {
    const age = since(from, now)
    return {
      name: plain(name),
      kind: plain(kind),
      state,
      detail: plain(dry ? `dry run, ${detail}` : detail),
      age: age === undefined ? '' : short(age),
    }
  })
}
