const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** A length of time as kubectl has it: its two largest units, the smaller one only while it matters. `3h`, `2m10s`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const index = UNITS.findIndex(([, size]) => whole >= size)
  if (index < 0) return '0s'
  const [unit, size] = UNITS[index]!
  const count = Math.floor(whole / size)
  const [smaller, smallerSize] = UNITS[index + 1] ?? ['', 1]
  const rest = Math.floor((whole % size) / smallerSize)
  return count < 10 && rest > 0 && smaller !== '' ? `${count}${unit}${rest}${smaller}` : `${count}${unit}`
}

/** How long ago a time was, in words that fit a column. Unknown stays unknown. */
export function age(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? '' : span((now - at) / 1_000)
}

/** `2026-03-18T08:00:00Z (75m ago)`. */
export function since(time: string | undefined, now: number): string | undefined {
  return time === undefined ? undefined : `${time} (${age(time, now)} ago)`
}

/** `90`, `90s`, `10m`, `1h30m`, as kubectl takes them. @returns milliseconds, or undefined when it is no length of time */
export function parseSpan(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined
  const ms = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * ms[unit as keyof typeof ms], 0)
}
