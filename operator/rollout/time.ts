/** Times in objects are RFC 3339 UTC with whole seconds; in decisions, epoch milliseconds. */

/** The second in which `now` lies. */
export function timestamp(now: number): string {
  return new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** The first whole second not before `now`: for starting points of waits, so that no wait is shorter than asked for. */
export function startingPoint(now: number): string {
  return timestamp(Math.ceil(now / 1000) * 1000)
}

/** With its milliseconds, where a second would be too coarse. */
export function moment(at: number): string {
  return new Date(at).toISOString()
}

export function instant(time: string): number {
  return Date.parse(time)
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** A length of time as a person says it: "45 minutes", "2 hours 5 minutes", "1 second". */
export function spell(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1000) * 1000)
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
    rest -= count * size
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.join(' ') || '0 seconds'
}
