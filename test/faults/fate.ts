import type { ApiRequest, RequestClass } from './request.ts'

/** A request that changes something, as the proxy meets it. */
export type IncomingWrite = ApiRequest & {
  /** From 1, in the order of arrival, within its class and since the script began. */
  readonly number: number
  readonly class: Exclude<RequestClass, 'read' | 'review'>
  /** Which replica sent it. */
  readonly who: string
  readonly body: string
}

/** `before`: not forwarded. `committed`: stored, and the answer not passed. `answered`: the answer passed. */
export const CRASH_POINTS = ['before', 'committed', 'answered'] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** What becomes of a write. */
export type Fate =
  | { readonly kind: 'pass' }
  /** The replica is killed (SIGKILL) at that point. */
  | { readonly kind: 'crash'; readonly point: CrashPoint }
  /** Answered by the proxy; the API server never sees it. */
  | { readonly kind: 'refuse'; readonly code: number; readonly reason: string; readonly retryAfterSeconds?: number }
  /** The connection breaks. */
  | { readonly kind: 'reset'; readonly after: 'nothing' | 'commit' }
  /** Neither forwarded nor ever answered. */
  | { readonly kind: 'hang' }
  /** On its way until then, whatever becomes of its sender meanwhile; `arrived` is told when it came this far. */
  | { readonly kind: 'hold'; readonly until: Promise<void>; readonly arrived: () => void }

/** Says what becomes of each write. Asked once for each, in the order of arrival. */
export type Script = (write: IncomingWrite) => Fate

export const pass: Script = () => ({ kind: 'pass' })

/** Kills the replica at the nth write. */
export function crash(number: number, point: CrashPoint): Script {
  return write => (write.class === 'write' && write.number === number ? { kind: 'crash', point } : { kind: 'pass' })
}

/** Lets the first write that matches meet this fate. */
export function first(matches: (write: IncomingWrite) => boolean, fate: Fate): Script {
  let met = false
  return write => {
    if (met || !matches(write)) return { kind: 'pass' }
    met = true
    return fate
  }
}
