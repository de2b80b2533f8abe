import type { References } from './reference.ts'

/**
 * One run of a campaign. Its id names the workload and all that is done to it, and so repeats the run, together with the
 * campaign's seed: `crash-points --seed 1 --only recovered/12/committed`.
 */
export type Run<Lane> = {
  /** Unique in the campaign, in words joined by slashes; without blanks. */
  readonly id: string
  /** Never rejects for what the operator does; a rejection means that the rig broke, and counts as a violation, too. */
  carryOut(lane: Lane): Promise<Outcome>
}

export type Outcome = {
  /** What was wrong, in words; empty when nothing was. */
  readonly flaws: readonly string[]
  /** The trace of writes and the replicas' log; asked for when there are flaws. */
  readonly report: () => Promise<string>
  /** Under which other head the campaign's line counts the run: `killed`. */
  readonly counted?: string
}

/**
 * What the operator is put through: many runs, each on a lane of its own while it lasts. A lane is whatever runs need that
 * takes long to start, such as a control plane with its replicas; it is replaced after a run that went wrong.
 */
export type Campaign<Lane> = {
  readonly name: string
  /**
   * All runs at full size, the same for the same seed. `--size` takes some of them, `--only` one.
   *
   * @param references  the undisturbed run of each workload, made when it is first asked for
   */
  plan(seed: number, references: References): Promise<readonly Run<Lane>[]>
  /** @param name  of letters and digits, different for each lane of a process */
  openLane(name: string): Promise<Lane & { stop(): Promise<void> }>
  /** What the line has a number for, be it 0: see `counted`. */
  readonly heads?: readonly string[]
  /** How many runs at least are to be counted under a head, of all. */
  readonly least?: Readonly<Record<string, number>>
  /** Unless `--lanes` says otherwise; default: two. */
  readonly lanes?: number
}

/** So many of the runs, spread evenly over all of them. */
export function spread<T>(runs: readonly T[], size: number): readonly T[] {
  if (size >= runs.length) return runs
  return Array.from({ length: size }, (_, index) => runs[Math.floor((index * runs.length) / size)]!)
}
