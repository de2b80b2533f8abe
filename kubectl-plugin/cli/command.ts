import type { ExitCode } from '../exit-code.ts'
import type { Session } from '../session.ts'
import type { Invocation } from './invocation.ts'

/** What a shell can complete a word with. */
export type Completion = 'plan' | 'stage' | 'gate' | 'node-state' | 'context' | 'file'

export type Flag = {
  /** Without the dashes. The same name is the same flag wherever it stands. */
  readonly name: string
  readonly short?: string
  /** How help calls its value; absent: a flag that is there or not. */
  readonly value?: string
  /** One sentence without a full stop, in which the default is told. */
  readonly says: string
  readonly oneOf?: readonly string[]
  /** May be given more than once. */
  readonly many?: true
  readonly completes?: Completion
}

export type Argument = {
  /** As help shows it: `PLAN`. */
  readonly name: string
  readonly says: string
  readonly optional?: true
  /** The flag that says the same. */
  readonly flag?: string
  readonly completes?: Completion
  readonly oneOf?: readonly string[]
}

export type Example = { readonly does: string; readonly words: string }

/** Everything there is to know of a command: parsing, help, the man page and completion come from here. */
export type Command = {
  /** `['rollout', 'plan', 'list']`. */
  readonly path: readonly string[]
  /** One line, without a full stop. */
  readonly summary: string
  /** Paragraphs: what it does, what it prints, and what is not obvious. */
  readonly describes: readonly string[]
  readonly takes: readonly Argument[]
  readonly flags: readonly Flag[]
  readonly examples: readonly Example[]
  readonly run: Run
}

/** Loads what is heavy only when it needs it: every start pays for what commands import. */
export type Run = (invocation: Invocation, session: Session) => Promise<ExitCode>
