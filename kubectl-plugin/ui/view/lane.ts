import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { short, since } from './duration.ts'
import { type Shares, type Stage, count, sentence, sharesOf, totalOf } from './shares.ts'

/** One stage, as a lane of the view. */
export type Lane = {
  readonly stage: string
  /** `promoted`, `skipped`, `open`, `halted`, `not opened`. */
  readonly phase: string
  readonly current: boolean
  readonly shares: Shares
  /** `3/6`, or nothing for a stage whose members are not chosen yet. */
  readonly progress: string
  /** What keeps it from being whole: `2 failed, 1 unreachable`. */
  readonly trouble: string
  /** `open for 40 s`, `took 8 s`. */
  readonly time: string
}

export function lanesOf(plan: RolloutBody, now: number): readonly Lane[] {
  return plan.stages.map(stage => laneOf(plan, stage, now))
}

function laneOf({ current_stage_id }: RolloutBody, stage: Stage, now: number): Lane {
  const shares = sharesOf(stage.counts)
  const total = totalOf(shares)
  return {
    stage: stage.stage_id,
    phase: phaseOf(stage),
    current: stage.stage_id === current_stage_id,
    shares,
    progress: stage.counts === undefined ? '' : `${count(shares.activated)}/${count(total)}`,
    trouble: sentence(shares, ['inFlight', 'failed', 'unreachable', 'gone']),
    time: timeOf(stage, now),
  }
}

function phaseOf({ phase, skipped }: Stage): string {
  if (phase === 'pending') return 'not opened'
  return skipped ? 'skipped' : phase
}

function timeOf({ phase, opened_at, closed_at }: Stage, now: number): string {
  const open = since(opened_at, now)
  if (open === undefined) return ''
  if (phase === 'open') return `open for ${short(open)}`
  const closed = since(closed_at, now)
  return closed === undefined ? '' : `took ${short(open - closed)}`
}
