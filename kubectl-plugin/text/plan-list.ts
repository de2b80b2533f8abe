import type { RolloutListBody } from '../../operator/rest/schema/bodies.ts'
import { age } from '../output/age.ts'
import type { Screen } from '../output/screen.ts'
import { type Cell, table } from '../output/table.ts'
import { phaseStyle, stuckOf, whyOf } from './phase.ts'

export type PlanRow = {
  readonly plan: string
  readonly phase: Cell
  readonly stage: string
  readonly progress: string
  readonly reason: string
  readonly stuck: Cell
  readonly updated: string
  readonly release: string
  readonly artifact: string
  readonly message: string
}

/** One row a plan; `stuck` says for how long it has made no progress, where that is too long. */
export function planRows({ items }: Pick<RolloutListBody, 'items'>, now: number): readonly PlanRow[] {
  return items.map(plan => {
    const stuck = stuckOf(plan)
    const why = whyOf(plan)
    return {
      plan: plan.plan_id,
      phase: { text: plan.phase, style: phaseStyle(plan.phase) },
      stage: plan.current_stage_id ?? '',
      progress: plan.progress ?? '',
      reason: why?.reason ?? '',
      stuck: stuck === undefined ? '' : { text: age(plan.updated_at, now), style: 'red' },
      updated: age(plan.updated_at, now),
      release: plan.release,
      artifact: plan.artifact_ref,
      message: why?.message ?? '',
    }
  })
}

const NARROW = [
  ['PLAN', 'plan'],
  ['PHASE', 'phase'],
  ['STAGE', 'stage'],
  ['NODES', 'progress'],
  ['STUCK', 'stuck'],
  ['UPDATED', 'updated'],
  ['REASON', 'reason'],
] as const
const WIDE = [...NARROW, ['RELEASE', 'release'], ['ARTIFACT', 'artifact'], ['MESSAGE', 'message']] as const

export function planListText(rows: readonly PlanRow[], wide: boolean, screen: Screen): string {
  const columns = wide ? WIDE : NARROW
  return table(
    columns.map(([title]) => ({ title })),
    rows.map(row => columns.map(([, key]) => row[key])),
    screen,
  )
}
