import { amountOf } from './amount.ts'
import { nextBatch } from './batch.ts'
import { readBitmap, writeBitmap } from './bitmap.ts'
import type { Activation, Draft } from './decision.ts'
import type { MemberNode } from './member.ts'
import type { KnownStage } from './survey.ts'

/** What one stage does next: who is told now, and who may be after that is written. */
export type Turn = {
  readonly stage: string
  readonly released: number
  readonly withheld: string
  readonly activate: readonly Activation[]
  readonly later: number
}

export function turn({ spec, status, members }: KnownStage, considered: readonly MemberNode[] = members): Turn {
  const size = Math.max(1, amountOf(spec.batchSize, members.length, 'up'))
  const release = { released: status.released ?? 0, withheld: readBitmap(status.withheld) }
  const batch = nextBatch(considered, release, size)
  const attempt = status.attempt ?? 1
  return {
    stage: status.id,
    released: batch.released,
    withheld: writeBitmap(batch.withheld),
    activate: batch.activate.map(member => ({ member, stage: status.id, attempt })),
    later: considered.filter(({ state }) => state.kind === 'unreachable' || (state.kind === 'pending' && !state.heldBy))
      .length,
  }
}

/** Who may be told first; they are told once that is written. */
export function firstTurn(known: KnownStage): Turn {
  return { ...turn(known), activate: [] }
}

/** The draft with these turns taken. */
export function withTurns(draft: Draft, turns: readonly Turn[]): Draft {
  const stages = draft.stages.map(stage => {
    const own = turns.find(candidate => candidate.stage === stage.id)
    if (!own) return stage
    const { withheld: _, ...rest } = stage
    return { ...rest, released: own.released, ...(own.withheld === '' ? {} : { withheld: own.withheld }) }
  })
  const activate = [...(draft.activate ?? []), ...turns.flatMap(batch => batch.activate)]
  return { ...draft, stages, activate }
}
