/** A measured number, as benchmarks print it: one JSON line on standard output. */
export type Figure = {
  readonly figure: string
  readonly value: number
  readonly unit:
    'ms' | 's' | 'requests/s' | 'errors' | 'ratio' | 'bytes' | 'writes/node' | 'requests/min' | 'nodes' | 'millicores'
  /** What the plain thing costs, measured in the same run. */
  readonly bare?: number
  /** The most it may be. */
  readonly must?: number
  readonly holds?: boolean
}

/** Takes a figure that was measured. */
export type Report = (figure: Omit<Figure, 'holds'>) => void

/** Figures that are measured together, on whatever it is that they are measured on. */
export type Bench<Place> = {
  readonly figures: readonly string[]
  run(place: Place, report: Report): Promise<void>
}

/** Prints figures, and remembers whether each one that has a bound keeps it. */
export function figures(): { readonly report: Report; readonly hold: () => boolean } {
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
