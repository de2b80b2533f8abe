/** Something about a plan file. An error: the server will refuse it. A warning: it will do what its author may not expect. */
export type Finding = {
  readonly severity: 'error' | 'warning'
  /** As the file has it: `spec.stages[1].batchSize`. */
  readonly field: string
  readonly message: string
}
