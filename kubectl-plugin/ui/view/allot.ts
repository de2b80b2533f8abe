/** Rows that a part of a page wants, and those below which it is not worth its title. */
export type Want = { readonly least: number; readonly most: number }

/**
 * Divides the rows of a page among its parts: first everyone's least, in their order, then the rest, in their order.
 *
 * A part for whose least there is no room gets none. One blank row goes between parts when nothing has to be cut for it.
 *
 * @returns rows for each part, and rows between two of them
 */
export function allot(room: number, wants: readonly Want[]): { readonly rows: readonly number[]; readonly gap: 0 | 1 } {
  const present = wants.filter(({ most }) => most > 0)
  const whole = present.reduce((sum, { most }) => sum + most, 0)
  const gaps = Math.max(0, present.length - 1)
  const gap = whole + gaps <= room ? 1 : 0
  let left = room
  const rows = wants.map(({ least, most }) => {
    const given = Math.min(least, most)
    if (most === 0 || given > left) return 0
    left -= given
    return given
  })
  wants.forEach(({ most }, index) => {
    const has = rows[index] ?? 0
    if (has === 0) return
    const more = Math.min(most - has, left)
    rows[index] = has + more
    left -= more
  })
  return { rows, gap }
}
