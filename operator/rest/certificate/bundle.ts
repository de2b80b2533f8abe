import { X509Certificate, createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import type { KeyPair } from './issue.ts'

/**
 * What the Secret holds.
 *
 * `trusted` is everything callers are told to trust: the authority that signs, first, and during a change of authority
 * the one before or the one to come. `next` is the authority to come, published but not used yet.
 */
export type Bundle = {
  readonly authority: KeyPair
  readonly next: KeyPair | undefined
  /** Authorities that have signed before, as PEM; trusted until nobody can meet a certificate of theirs. */
  readonly former: readonly string[]
  readonly serving: KeyPair
  /** When `next` was published, or the serving certificate of a new authority came into use; epoch milliseconds. */
  readonly changedAt: number
}

export function trusted({ authority, next, former }: Bundle): string {
  return [authority.cert, ...(next ? [next.cert] : []), ...former].join('')
}

/** Whether key and certificate belong together and can be read. */
export function isUsable({ cert, key }: KeyPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

export function isReadable(cert: string): boolean {
  try {
    return new X509Certificate(cert).ca
  } catch {
    return false
  }
}

export type Life = { readonly from: number; readonly to: number }

export function lifeOf(cert: string): Life {
  const { validFromDate, validToDate } = new X509Certificate(cert)
  return { from: validFromDate.getTime(), to: validToDate.getTime() }
}

/** Certificates are replaced when two thirds of their life are over: there is time left to notice that it fails. */
export function dueAt(cert: string): number {
  const { from, to } = lifeOf(cert)
  return from + ((to - from) * 2) / 3
}

export function isValidFor(cert: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert)
  return names.every(name => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
}

export function isSignedBy(cert: string, authority: string): boolean {
  return new X509Certificate(cert).verify(new X509Certificate(authority).publicKey)
}
