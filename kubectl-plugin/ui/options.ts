import type { Clock } from '../../operator/runtime/clock.ts'
import type { Orchestrator } from '../orchestrator/orchestrator.ts'

export type WatchOptions = {
  readonly orchestrator: Orchestrator
  /** Absent: the overview of all plans. */
  readonly plan?: string
  readonly stdin: NodeJS.ReadStream & { readonly fd: number }
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WritableStream
  readonly env: { readonly [name: string]: string | undefined }
  readonly clock: Clock
  /** An error in words for a person. Default: its message. */
  readonly explain?: (error: unknown) => string
  /** Ends the view, and leaves the terminal as it was. */
  readonly signal: AbortSignal
}

/** Exit codes. */
export const WATCHED = { asked: 0, failed: 1, interrupted: 130 } as const

export function explained({ explain }: WatchOptions): (error: unknown) => string {
  return explain ?? (error => (error instanceof Error ? error.message : String(error)))
}
