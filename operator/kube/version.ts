/**
 * Orders two resourceVersions of one resource type; negative when `a` is older.
 *
 * They are decimal integers without leading zeros, comparable within one type (KEP-5504), and may exceed 2^53:
 * hence length first, then digits.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
