/** How patiently a cache lists and watches. The defaults suit production; tests shorten them. */
export type ReflectorTuning = {
  /** Bounds between which each watch's length is drawn; defaults 300 and 600. */
  readonly minWatchSeconds: number
  readonly maxWatchSeconds: number
  /** How long a watch may be silent, bookmarks included; default 90 s. */
  readonly idleMs: number
  /** First and longest pause after a failure; defaults 500 ms and 30 s. */
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  /** A list this old is repeated when the watch ends, in case an event was ever lost; default 1 h. */
  readonly relistMs: number
  /** Page size where the server has no streaming lists; default 500. */
  readonly pageSize: number
}

export const defaultTuning: ReflectorTuning = {
  minWatchSeconds: 300,
  maxWatchSeconds: 600,
  idleMs: 90_000,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
  relistMs: 3_600_000,
  pageSize: 500,
}
