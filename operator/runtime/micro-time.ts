/** RFC 3339 with microseconds, the form `Lease` and `Event` want (metav1.MicroTime). */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}
