import type { Clock } from '../operator/runtime/clock.ts'
import type { Connection } from './connection/connection.ts'
import type { Screen } from './output/screen.ts'

/** The world as a command sees it: everything it may touch beside its arguments. */
export type Session = {
  /** How the program was called: `autonomy` or `kubectl autonomy`. */
  readonly program: string
  readonly env: { readonly [name: string]: string | undefined }
  /** What data is printed for. */
  readonly screen: Screen
  /** Data; everything else goes to `say`. */
  readonly print: (text: string) => void
  readonly say: (text: string) => void
  /** Whether there is somebody who can answer a question. */
  readonly attended: boolean
  /** Asks a question that is answered by yes or no, on standard error and standard input. */
  readonly ask: (question: string) => Promise<boolean>
  /** A file, or standard input for `-`. @throws UsageError when it cannot be read */
  readonly read: (path: string) => Promise<string>
  /** The terminal itself, for the live view alone. */
  readonly streams: {
    readonly stdin: NodeJS.ReadStream & { readonly fd: number }
    readonly stdout: NodeJS.WriteStream
    readonly stderr: NodeJS.WriteStream
  }
  readonly clock: Clock
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal
  /** A failure in the words in which it would be told if it ended the program. */
  readonly explain: (error: unknown) => string
  /** The orchestrator that flags, variables and kubeconfig name. One connection a session. */
  readonly connect: () => Promise<Connection>
}
