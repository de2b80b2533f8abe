import { lifeOf } from './bundle.ts'
import type { KeyPair } from './issue.ts'

/** Where the listener has its certificate from. */
export type CertificateSource = {
  /** Undefined until the first one is there. */
  readonly current: () => KeyPair | undefined
  /** What callers are to trust, as PEM; undefined when somebody else sees to that. */
  readonly trusted: () => string | undefined
  readonly subscribe: (changed: () => void) => () => void
  /** Resolves when it has been looked, from now on, whether there is something newer; rejects with the signal's reason. */
  readonly look: (signal: AbortSignal) => Promise<void>
  /** Keeps it fresh until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** When the certificates in use end, epoch milliseconds; the authority's is known when it is of our own making. */
export function endsOf({ current, trusted }: CertificateSource): ReadonlyMap<'serving' | 'authority', number> {
  const [serving, authority] = [current()?.cert, trusted()]
  return new Map([
    ...(serving === undefined ? [] : [['serving', lifeOf(serving).to] as const]),
    // The first certificate of those to trust is the authority that signs.
    ...(authority === undefined ? [] : [['authority', lifeOf(authority).to] as const]),
  ])
}

/** The subscribers of a source. */
export function subscribers() {
  const all = new Set<() => void>()
  return {
    subscribe: (changed: () => void) => {
      all.add(changed)
      return () => void all.delete(changed)
    },
    tell: () => {
      for (const changed of all) changed()
    },
  }
}
