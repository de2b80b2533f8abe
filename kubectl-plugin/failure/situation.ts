/** In which a failure happened: what is needed to say what to do about it. */
export type Situation = {
  readonly program: string
  /** What was asked, in the words of the command line: `rollout recover plan-abc123`. */
  readonly doing: string
  readonly plan: string | undefined
  readonly stage: string | undefined
  readonly namespace: string | undefined
  readonly file: string | undefined
  /** Writes a command of this program, with the flags that lead to the same place. */
  readonly command: (words: readonly string[]) => string
  /** Writes a kubectl command, for the same cluster and person. */
  readonly kubectl: (words: readonly string[]) => string
  /** Names of plans that resemble the one that is not there. */
  readonly near: readonly string[]
  /** This release, to be compared with the server's. */
  readonly release: string
}
