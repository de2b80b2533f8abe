import type { Caller } from './identity/caller.ts'
import type { Target } from './target.ts'

/** A request that was read, whose caller is known, and who may do what it asks at the level of its URL. */
export type Exchange = {
  readonly caller: Caller
  readonly target: Target
  /** The words of the path that its route gives names to. */
  readonly params: { readonly [word: string]: string }
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  readonly query: URLSearchParams
  /** Parsed JSON; undefined when the request had no body. */
  readonly body: unknown
  readonly header: (name: string) => string | undefined
  /** Joins our audit line with kube-apiserver's; made up here when the request carries none. */
  readonly auditId: string
  /** Aborts when the caller goes away, when time is up, or when the server stops. */
  readonly signal: AbortSignal
}

/** An answer that is not an error; errors are thrown as `Failure`. */
export type Reply = {
  readonly code: 200 | 201
  readonly body: object
  readonly headers?: { readonly [name: string]: string }
}

/** Headers that say of a write that it had been made before (as drafted for Idempotency-Key), or was only tried. */
export function marksOf({ replayed, dryRun }: { readonly replayed: boolean; readonly dryRun: boolean }) {
  return { ...(replayed ? { 'idempotent-replayed': 'true' } : {}), ...(dryRun ? { 'dry-run': 'All' } : {}) }
}

export type Handler = (exchange: Exchange) => Promise<Reply> | Reply
