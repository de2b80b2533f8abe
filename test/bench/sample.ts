/** How long each of many calls took, in milliseconds, and in how many seconds all of them were done. */
export type Sample = { readonly each: readonly number[]; readonly seconds: number }

/** Makes `count` calls, `workers` of them at a time. The first failure ends it. */
export async function sample(
  count: number,
  workers: number,
  call: (index: number) => Promise<unknown>,
): Promise<Sample> {
  const each: number[] = []
  const indexes = Array.from({ length: count }, (_, index) => index).values()
  const work = async () => {
    for (const index of indexes) {
      const start = performance.now()
      await call(index)
      each.push(performance.now() - start)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: workers }, work))
  return { each, seconds: (performance.now() - started) / 1000 }
}

/** The smallest of the values that at least the share `q` of them does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}
