import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { FrontProxyTrust } from './front-proxy.ts'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** A chain of certificates is followed no further. */
const LONGEST_CHAIN = 4

/**
 * Whether the peer of a connection is a front proxy, which may say who a caller is.
 *
 * Asks for a chain to one of the front proxy's own authorities. That the TLS library authorized the peer would not do:
 * with another authority in its list, an ordinary client with the right common name would be authorized too.
 */
export function isFrontProxy(socket: TLSSocket, { ca, allowedNames }: FrontProxyTrust, now: number): boolean {
  const chain = chainOf(socket)
  const [leaf] = chain
  if (!leaf || !isValidAt(leaf, now) || !leaf.keyUsage?.includes(CLIENT_AUTH)) return false
  if (allowedNames.length > 0 && !allowedNames.includes(commonName(leaf) ?? '')) return false
  const authorities = certificatesIn(ca).filter(authority => authority.ca && isValidAt(authority, now))
  return chain.some((certificate, index) => {
    if (!chain.slice(0, index).every((below, position) => isSignedBy(below, chain[position + 1]))) return false
    return isValidAt(certificate, now) && authorities.some(authority => isSignedBy(certificate, authority))
  })
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  // Of a peer that shows no certificate, the object is empty.
  let next = socket.getPeerX509Certificate?.()
  while (next && chain.length < LONGEST_CHAIN) {
    chain.push(next)
    const issuer: X509Certificate | undefined = next.issuerCertificate
    next = issuer && issuer.fingerprint256 !== next.fingerprint256 ? issuer : undefined
  }
  return chain
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate | undefined): boolean {
  if (!authority?.ca || !certificate.checkIssued(authority)) return false
  return certificate.verify(authority.publicKey)
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

function commonName({ subject }: X509Certificate): string | undefined {
  const names = subject.split('\n').flatMap(line => (line.startsWith('CN=') ? [line.slice(3)] : []))
  return names.at(-1)
}

let parsed: { readonly pem: string; readonly certificates: readonly X509Certificate[] } | undefined

/** The certificates of a bundle; those of the bundle asked for last are kept. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  if (parsed?.pem !== pem) {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    parsed = { pem, certificates: blocks.map(block => new X509Certificate(block)) }
  }
  return parsed.certificates
}
