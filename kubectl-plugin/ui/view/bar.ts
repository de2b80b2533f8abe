import { KINDS, type Kind, type Shares, totalOf } from './shares.ts'

export type Segment = { readonly kind: Kind; readonly cells: number }

/**
 * Divides `width` cells among the states of nodes.
 *
 * Every state that has a node has a cell, however small its share, as long as there are cells: one failed node of ten
 * thousand must be seen. The rest goes by largest remainder, so that cells add up to the width.
 */
export function bar(shares: Shares, width: number): readonly Segment[] {
  const total = totalOf(shares)
  if (total === 0 || width <= 0) return []
  const present = KINDS.filter(kind => shares[kind] > 0)
  if (present.length >= width) return mostUrgent(present, width).map(kind => ({ kind, cells: 1 }))
  const exact = present.map(kind => ({ kind, share: (shares[kind] * width) / total }))
  const cells = new Map(exact.map(({ kind, share }) => [kind, Math.max(1, Math.floor(share))]))
  const used = () => [...cells.values()].reduce((sum, count) => sum + count, 0)
  const byRemainder = [...exact].sort((a, b) => (b.share % 1) - (a.share % 1))
  for (const { kind, share } of byRemainder) {
    if (used() >= width) break
    if (share >= 1) cells.set(kind, (cells.get(kind) ?? 0) + 1)
  }
  while (used() !== width) {
    const [largest = present[0] as Kind] = [...cells].sort(([, a], [, b]) => b - a)[0] ?? []
    cells.set(largest, (cells.get(largest) ?? 0) + Math.sign(width - used()))
  }
  return present.map(kind => ({ kind, cells: cells.get(kind) ?? 0 }))
}

const URGENCY: readonly Kind[] = ['failed', 'unreachable', 'inFlight', 'activated', 'pending', 'gone']

function mostUrgent(present: readonly Kind[], width: number): readonly Kind[] {
  const chosen = new Set(URGENCY.filter(kind => present.includes(kind)).slice(0, width))
  return KINDS.filter(kind => chosen.has(kind))
}
