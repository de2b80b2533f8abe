import type { KeyPair } from './issue.ts'

/** Where the listener has its certificate from. */
export type CertificateSource = {
  /** Undefined until the first one is there. */
  readonly current: () => KeyPair | undefined
  /** What callers are to trust, as PEM; undefined when somebody else sees to that. */
  readonly trusted: () => string | undefined
  readonly subscribe: (changed: () => void) => () => void
  /** Keeps it fresh until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
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
