/** A measured number, as benchmarks print it: one JSON line on standard output. */
export type Figure = {
  readonly figure: string
  readonly value: number
  readonly unit: 'ms' | 's' | 'requests/s' | 'errors' | 'ratio' | 'bytes'
  /** What the plain thing costs, measured in the same run. */
  readonly bare?: number
  /** The most it may be. */
  readonly must?: number
  readonly holds?: boolean
}

/** Prints figures, and remembers whether each one that has a bound keeps it. */
export function figures(): { readonly report: (figure: Omit<Figure, 'holds'>) => void; readonly hold: () => boolean } {
  let all = true
  return {
    report: figure => {
      const rounded = { ...figure, value: rounding(figure.value) }
      const bare = figure.bare === undefined ? {} : { bare: rounding(figure.bare) }
      const holds = figure.must === undefined ? {} : { holds: figure.value <= figure.must }
      all &&= holds.holds ?? true
      process.stdout.write(`${JSON.stringify({ ...rounded, ...bare, ...holds })}\n`)
    },
    hold: () => all,
  }
}

/** Three digits that count. */
function rounding(value: number): number {
  return Number(value.toPrecision(3))
}
