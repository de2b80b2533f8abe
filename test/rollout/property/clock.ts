/** RFC 3339 with seconds, as the API server writes times. */
export function stamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
