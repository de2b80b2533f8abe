/** A distribution of milliseconds as one JSON line, with its target where there is one. */
export function figure(name: string, ms: readonly number[], target?: number): string {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10
  const p50 = at(0.5)
  return JSON.stringify({
    figure: name,
    n: sorted.length,
    p50_ms: p50,
    p95_ms: at(0.95),
    max_ms: at(1),
    ...(target === undefined ? {} : { target_ms: target, met: p50 <= target }),
  })
}
