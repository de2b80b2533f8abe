/**
 * The known names that differ from a name by a slip of the finger, nearest first.
 *
 * A slip is a letter too many, too few, wrong, or two letters swapped; the longer the name, the more are forgiven.
 */
export function nearest(name: string, known: readonly string[], most = 3): readonly string[] {
  const wanted = name.toLowerCase()
  const forgiven = Math.min(3, Math.max(1, Math.floor(name.length / 3)))
  return known
    .map(candidate => ({ candidate, steps: steps(wanted, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, steps }) => steps <= forgiven || (wanted.length >= 3 && candidate.toLowerCase().startsWith(wanted)),
    )
    .sort((a, b) => a.steps - b.steps || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** `did you mean a?`, `did you mean one of a, b?`; nothing when nothing is near. */
export function didYouMean(near: readonly string[]): string {
  const [first] = near
  if (first === undefined) return ''
  return near.length === 1 ? `did you mean ${first}?` : `did you mean one of ${near.join(', ')}?`
}

/** Optimal string alignment: Levenshtein with swapped neighbours as one step. */
function steps(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return a === b ? 0 : 64
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const plain = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(swapped ? Math.min(plain, before[j - 2]! + 1) : plain)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
