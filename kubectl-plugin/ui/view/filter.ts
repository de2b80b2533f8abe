import { type NodeRow } from './node.ts'
import type { PlanRow } from './plans.ts'
import { WORDS } from './shares.ts'

/** Words that must all be found, wherever; upper and lower case are one. An empty filter finds everything. */
export function matches(filter: string, ...fields: readonly string[]): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = fields.join(' ').toLowerCase()
  return words.every(word => text.includes(word))
}

const found = new WeakMap<readonly NodeRow[], { readonly filter: string; readonly rows: readonly NodeRow[] }>()

/** Computed once for each filter: ten thousand rows are asked for on every frame. */
export function filterNodes(rows: readonly NodeRow[], filter: string): readonly NodeRow[] {
  if (filter.trim() === '') return rows
  const before = found.get(rows)
  if (before?.filter === filter) return before.rows
  const kept = rows.filter(({ name, kind, reason, message }) => matches(filter, name, WORDS[kind], reason, message))
  found.set(rows, { filter, rows: kept })
  return kept
}

export function filterPlans(rows: readonly PlanRow[], filter: string): readonly PlanRow[] {
  if (filter.trim() === '') return rows
  return rows.filter(({ plan, phase, stage, state, release }) => matches(filter, plan, phase, stage, state, release))
}
