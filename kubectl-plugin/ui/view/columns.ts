import { widthOf } from './text.ts'

/** How wide a column may be: what its texts need, within bounds. */
export function columnFor(texts: readonly string[], most: number, least = 0): number {
  return Math.min(
    most,
    texts.reduce((widest, text) => Math.max(widest, widthOf(text)), least),
  )
}

/** Widths of the columns of a lane; 0 leaves a column out. What is known from another column goes first. */
export type LaneColumns = {
  readonly name: number
  readonly phase: number
  readonly bar: number
  readonly progress: number
  readonly trouble: number
  readonly time: number
}

const LEAST_BAR = 8
const MOST_BAR = 60

/**
 * @param room cells for all columns, each of which is followed by a space
 * @param wants what the texts need
 */
export function laneColumns(room: number, wants: Omit<LaneColumns, 'bar'>): LaneColumns {
  let columns: LaneColumns = { ...wants, bar: LEAST_BAR }
  for (const dropped of ['time', 'phase', 'trouble', 'bar'] as const) {
    if (spent(columns) <= room) break
    columns = { ...columns, [dropped]: 0 }
  }
  const spare = room - spent(columns)
  if (spare < 0) return { ...columns, name: Math.max(1, columns.name + spare) }
  return columns.bar === 0 ? columns : { ...columns, bar: Math.min(MOST_BAR, columns.bar + spare) }
}

function spent(columns: LaneColumns): number {
  return Object.values(columns).reduce((sum, width) => sum + (width > 0 ? width + 1 : 0), 0)
}
