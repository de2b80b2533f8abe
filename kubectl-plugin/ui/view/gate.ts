import type { GatesBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { short, since } from './duration.ts'
import type { Stage } from './shares.ts'
import { plain } from './text.ts'

export type GateRow = {
  readonly name: string
  readonly kind: string
  readonly state: 'passed' | 'failed' | 'unknown'
  readonly detail: string
  /** How long it has been in this state; empty for a gate that was never asked. */
  readonly age: string
  /** When it is looked at next; empty where nobody will look. */
  readonly next: string
}

type Gate = GatesBody['gates'][number]

/** @param looking whether the gates are being looked at: those of the open stage of an active plan */
export function gateRows(gates: readonly Gate[], looking: boolean, now: number): readonly GateRow[] {
  return gates.map(gate => {
    const { name, kind, state, detail, since: from, dry_run: dry } = gate
    const age = since(from, now)
    return {
      name: plain(name),
      kind: plain(kind),
      state,
      detail: plain(dry ? `dry run, ${detail}` : detail),
      age: age === undefined ? '' : short(age),
      next: looking && gate.skipped_by === undefined ? nextLook(gate, now) : '',
    }
  })
}

/** Of a plan's stage. */
export function stageGates({ phase }: RolloutBody, stage: Stage | undefined, now: number): readonly GateRow[] {
  return gateRows(stage?.gates ?? [], phase === 'active' && stage?.phase === 'open', now)
}

/** What is recorded of a look may be a minute old, so that the next one may have been, too. */
const RECORD_MS = 90_000

function nextLook({ evidence }: Gate, now: number): string {
  const at = Date.parse(evidence?.next_at ?? '')
  if (evidence === undefined || Number.isNaN(at)) return ''
  if (at > now) return `next in ${short(at - now)}`
  return now - at <= RECORD_MS ? 'next any moment' : `due ${short(now - at)} ago`
}
