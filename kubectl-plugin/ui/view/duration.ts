const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** A length of time in at most two units: `45 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function short(milliseconds: number): string {
  let rest = Math.max(0, Math.floor(milliseconds / 1000))
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count} ${unit}`)
    rest -= count * size
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.join(' ') || '0 s'
}

/** The same in its largest unit alone, for narrow columns: `45s`, `4min`, `2h`, `3d`. */
export function brief(milliseconds: number): string {
  const [count = '0', unit = 's'] = short(milliseconds).split(' ')
  return `${count}${unit}`
}

/** For an estimate, which knows no seconds above a minute: `about 40 s`, `about 5 min`, `about 2 h 10 min`. */
export function roughly(milliseconds: number): string {
  const minute = 60_000
  if (milliseconds < minute) return `about ${short(Math.max(milliseconds, 1000))}`
  return `about ${short(Math.ceil(milliseconds / minute) * minute)}`
}

/** Time of day for something of the last day, else with its date; UTC, as everything else the system says. */
export function stamp(time: string, now: number): string {
  const at = Date.parse(time)
  if (Number.isNaN(at)) return time
  const iso = new Date(at).toISOString()
  return Math.abs(now - at) < 86_400_000 ? iso.slice(11, 19) : iso.slice(0, 16).replace('T', ' ')
}

/** How long ago, never negative: clocks of two machines differ. */
export function since(time: string | undefined, now: number): number | undefined {
  if (time === undefined) return undefined
  const at = Date.parse(time)
  return Number.isNaN(at) ? undefined : Math.max(0, now - at)
}
