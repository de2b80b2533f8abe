/**
 * What a count or a percentage comes to, out of `total`.
 *
 * Tolerances round down and sizes round up, as maxUnavailable and maxSurge do in Kubernetes:
 * a tolerance never allows more than was said, a batch is never empty.
 */
export function amountOf(value: number | string, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const exact = (Number.parseInt(value, 10) * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
