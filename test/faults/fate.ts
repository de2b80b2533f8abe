import type { ApiRequest, RequestClass } from './request.ts'
import type { EventScript } from './stream.ts'

/** A request as the proxy meets it. */
export type IncomingRequest = ApiRequest & {
  /** From 1, in the order of arrival, within its class and since the script began. */
  readonly number: number
  readonly class: Exclude<RequestClass, 'review'>
  /** Which replica sent it. */
  readonly who: string
  readonly body: string
}

/** One that changes something. */
export type IncomingWrite = IncomingRequest & { readonly class: Exclude<RequestClass, 'read' | 'review'> }

/** One that does not: a get, a list or a watch. */
export type IncomingRead = IncomingRequest & { readonly class: 'read' }

/** `before`: not forwarded. `committed`: stored, and the answer not passed. `answered`: the answer passed. */
export const CRASH_POINTS = ['before', 'committed', 'answered'] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** What becomes of a request. A fault that comes after the API server has answered has let a write be committed. */
export type Fate =
  | { readonly kind: 'pass' }
  /** The replica is killed (SIGKILL) at that point. */
  | { readonly kind: 'crash'; readonly point: CrashPoint }
  | Refusal
  /** The connection breaks. */
  | { readonly kind: 'reset'; readonly after: 'nothing' | 'commit' }
  /** Half of the answer, then the end of the stream: its sender has closed its side. */
  | { readonly kind: 'half' }
  /** Success, with a body that is no JSON. */
  | { readonly kind: 'garbage' }
  /** The answer comes in single bytes, one each so many milliseconds. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Neither forwarded nor ever answered. */
  | { readonly kind: 'hang' }
  /** On its way until then, whatever becomes of its sender meanwhile; `arrived` is told when it came this far. */
  | { readonly kind: 'hold'; readonly until: Promise<void>; readonly arrived: () => void }
  /**
   * Of a watch: answered by a server that has seen no version after `at`, until it catches up. A legal one: its history
   * never goes back, a watch from a version it does not know yet begins there, and a list that a watch begins with is
   * complete only when it is fresh.
   */
  | { readonly kind: 'stale'; readonly at: number; readonly until: Promise<void> }

/** Answered in the place of the API server, which never sees it, or whose answer (`after: 'commit'`) is lost. */
export type Refusal = {
  readonly kind: 'refuse'
  readonly code: number
  readonly reason: string
  readonly message?: string
  readonly retryAfterSeconds?: number
  readonly after?: 'commit'
  /** Plain text, as a server answers that does not serve the kind at all. */
  readonly plain?: boolean
  /** Of a watch: it opens, and says so by an ERROR event. */
  readonly inStream?: boolean
}

/** Says what becomes of each write. Asked once for each, in the order of arrival. */
export type Script = (write: IncomingWrite) => Fate

/** Everything that may go wrong between a replica and the API server. */
export type Faults = {
  readonly writes?: Script
  /** Of the whole request: what a watch that has opened goes on with is asked of `events`. */
  readonly reads?: (read: IncomingRead) => Fate
  readonly events?: EventScript
}

/** The same faults, and whether one of them has happened. */
export function noted(faults: Faults): { readonly faults: Faults; readonly struck: () => boolean } {
  let struck = false
  const note =
    <In, Out extends { readonly kind: string }>(script: (subject: In) => Out) =>
    (subject: In): Out => {
      const fate = script(subject)
      struck ||= fate.kind !== 'pass'
      return fate
    }
  return {
    faults: {
      ...(faults.writes ? { writes: note(faults.writes) } : {}),
      ...(faults.reads ? { reads: note(faults.reads) } : {}),
      ...(faults.events ? { events: note(faults.events) } : {}),
    },
    struck: () => struck,
  }
}

export const PASS = { kind: 'pass' } as const satisfies Fate

export const pass: Script = () => PASS

/** Kills the replica at the nth write. */
export function crash(number: number, point: CrashPoint): Script {
  return write => (write.class === 'write' && write.number === number ? { kind: 'crash', point } : PASS)
}

/** How a trace calls a fate: undefined for one that changes nothing. */
export function wordsOf(fate: Fate): string | undefined {
  if (fate.kind === 'pass') return undefined
  return Object.values(fate)
    .filter(value => typeof value === 'string' || typeof value === 'number')
    .join(' ')
}
