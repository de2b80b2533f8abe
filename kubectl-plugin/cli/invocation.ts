import type { Command } from './command.ts'

/** A command line that was understood. */
export type Invocation = {
  readonly command: Command
  readonly values: Values
}

/** Flags and arguments by name; an argument that is also a flag has the flag's name. */
export type Values = {
  has(name: string): boolean
  /** The last one given. */
  get(name: string): string | undefined
  all(name: string): readonly string[]
  /** @throws UsageError when it is missing */
  need(name: string): string
}

/** The command line is wrong: what is wrong, and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
  /** Which command's help to look at; empty: that of the whole program. */
  readonly path: readonly string[]

  constructor(message: string, path: readonly string[] = []) {
    super(message)
    this.path = path
  }
}
