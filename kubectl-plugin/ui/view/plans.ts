import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { since } from './duration.ts'
import { type Shares, sharesOf, sum } from './shares.ts'
import { type Standing, standingOf } from './standing.ts'
import { plain } from './text.ts'

/** A plan in the overview. */
export type PlanRow = {
  readonly plan: string
  readonly release: string
  readonly phase: string
  readonly stage: string
  readonly shares: Shares
  readonly progress: string
  readonly kind: Standing['kind']
  /** `stuck`, `needs approval`, `moving`. */
  readonly state: string
  readonly sentence: string
  readonly idleMs: number
}

const ORDER: { readonly [kind in Standing['kind']]: number } = { stuck: 0, waiting: 1, moving: 2, stopped: 3, done: 4 }

const known = new WeakMap<readonly RolloutBody[], { readonly now: number; readonly rows: readonly PlanRow[] }>()

/**
 * What needs a person first, longest first; then what lives, then what has ended, latest first. Computed once for each
 * answer and moment: a frame asks more than once.
 */
export function planRows(plans: readonly RolloutBody[], now: number): readonly PlanRow[] {
  const before = known.get(plans)
  if (before?.now === now) return before.rows
  const rows = plans.map(plan => rowOf(plan, now)).sort(compare)
  known.set(plans, { now, rows })
  return rows
}

function compare(a: PlanRow, b: PlanRow): number {
  if (a.kind !== b.kind) return ORDER[a.kind] - ORDER[b.kind]
  if (a.kind === 'waiting' && a.state !== b.state) return a.state === 'needs approval' ? -1 : 1
  const byAge = a.kind === 'stuck' ? b.idleMs - a.idleMs : a.idleMs - b.idleMs
  return byAge || (a.plan < b.plan ? -1 : 1)
}

function rowOf(plan: RolloutBody, now: number): PlanRow {
  const { kind, word, sentence } = standingOf(plan, now)
  return {
    plan: plan.plan_id,
    release: plain(plan.release),
    phase: plan.phase,
    stage: plan.current_stage_id ?? '',
    shares: sum(plan.stages.map(({ counts }) => sharesOf(counts))),
    progress: plan.progress ?? '',
    kind,
    state: word,
    sentence,
    idleMs: since(plan.updated_at, now) ?? 0,
  }
}

/** `200 plans: 3 stuck, 1 needs approval, 20 moving, 176 completed`. */
export function tallyOf(rows: readonly PlanRow[]): string {
  const states = new Map<string, number>()
  for (const { state } of rows) states.set(state, (states.get(state) ?? 0) + 1)
  const parts = [...states].map(([state, count]) => `${count} ${state}`)
  const plans = rows.length === 1 ? '1 plan' : `${rows.length} plans`
  return parts.length === 0 ? plans : `${plans}: ${parts.join(', ')}`
}
