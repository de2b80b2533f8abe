import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import * as der from './der.ts'

/** A key pair with the certificate that names its owner. */
export interface Identity {
  readonly subject: Subject
  readonly key: KeyObject
  readonly certificatePem: string
  readonly keyPem: string
}

/** Kubernetes reads the common name as the user and each organization as a group. */
export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

export type CertificateUse =
  | { readonly kind: 'client' }
  | {
      readonly kind: 'server'
      /** DNS names and IPv4 addresses the certificate is valid for. */
      readonly names: readonly string[]
    }

export interface CertificateRequest {
  readonly subject: Subject
  readonly use: CertificateUse
  /** Default 30 days from `now`. */
  readonly validForMs?: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'))
/** Clocks of processes on one machine agree, but a certificate must not be from the future by rounding. */
const BACKDATE_MS = 60_000

/** A new self-signed certificate authority on P-256. */
export function createAuthority(commonName: string, now: number, validForMs = 30 * DAY_MS): Identity {
  const pair = newKeyPair()
  const subject = { commonName }
  const extensions = [
    extension('2.5.29.19', der.sequence(der.boolean(true)), true), // basicConstraints: CA
    extension('2.5.29.15', der.bitString(Buffer.from([0b0000_0110]), 1), true), // keyUsage: keyCertSign, cRLSign
    subjectKeyIdentifier(pair.spki),
  ]
  const tbs = tbsCertificate({ issuer: subject, subject, spki: pair.spki, extensions, now, validForMs })
  return { subject, key: pair.key, keyPem: pair.pem, certificatePem: signed(tbs, pair.key) }
}

/**
 * Signs a certificate for a new key pair.
 *
 * @param now  epoch milliseconds
 */
export function issue(authority: Identity, request: CertificateRequest, now: number): Identity {
  const pair = newKeyPair()
  const usage = request.use.kind === 'client' ? '1.3.6.1.5.5.7.3.2' : '1.3.6.1.5.5.7.3.1'
  const extensions = [
    extension('2.5.29.15', der.bitString(Buffer.from([0b1000_0000]), 7), true), // keyUsage: digitalSignature
    extension('2.5.29.37', der.sequence(der.objectIdentifier(usage))), // extendedKeyUsage
    subjectKeyIdentifier(pair.spki),
    authorityKeyIdentifier(authority.key),
    ...(request.use.kind === 'server' ? [subjectAltName(request.use.names)] : []),
  ]
  const tbs = tbsCertificate({
    issuer: authority.subject,
    subject: request.subject,
    spki: pair.spki,
    extensions,
    now,
    validForMs: request.validForMs ?? 30 * DAY_MS,
  })
  return { subject: request.subject, key: pair.key, keyPem: pair.pem, certificatePem: signed(tbs, authority.key) }
}

interface KeyPair {
  readonly key: KeyObject
  readonly pem: string
  readonly spki: Buffer
}

function newKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    key: privateKey,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: publicKey.export({ type: 'spki', format: 'der' }),
  }
}

interface ToBeSigned {
  readonly issuer: Subject
  readonly subject: Subject
  readonly spki: Buffer
  readonly extensions: readonly Buffer[]
  readonly now: number
  readonly validForMs: number
}

/** TBSCertificate of RFC 5280, 4.1. */
function tbsCertificate(to: ToBeSigned): Buffer {
  return der.sequence(
    der.context(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    name(to.issuer),
    der.sequence(time(to.now - BACKDATE_MS), time(to.now + to.validForMs)),
    name(to.subject),
    to.spki,
    der.context(3, der.sequence(...to.extensions)),
  )
}

function signed(tbs: Buffer, key: KeyObject): string {
  const certificate = der.sequence(tbs, ECDSA_WITH_SHA256, der.bitString(sign('sha256', tbs, key)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function name(subject: Subject): Buffer {
  const attribute = (oid: string, value: string) =>
    der.setOf(der.sequence(der.objectIdentifier(oid), der.utf8String(value)))
  return der.sequence(
    ...(subject.organizations ?? []).map(organization => attribute('2.5.4.10', organization)),
    attribute('2.5.4.3', subject.commonName),
  )
}

function time(epochMs: number): Buffer {
  return new Date(epochMs).getUTCFullYear() < 2050 ? der.utcTime(epochMs) : der.generalizedTime(epochMs)
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.objectIdentifier(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value))
}

const keyIdentifier = (spki: Buffer): Buffer => createHash('sha1').update(spki).digest()

function subjectKeyIdentifier(spki: Buffer): Buffer {
  return extension('2.5.29.14', der.octetString(keyIdentifier(spki)))
}

function authorityKeyIdentifier(authorityKey: KeyObject): Buffer {
  const spki = createPublicKey(authorityKey).export({ type: 'spki', format: 'der' })
  return extension('2.5.29.35', der.sequence(der.context(0, keyIdentifier(spki), false)))
}

function subjectAltName(names: readonly string[]): Buffer {
  const entries = names.map(entry =>
    isIP(entry) === 4
      ? der.context(7, Buffer.from(entry.split('.').map(Number)), false)
      : der.context(2, Buffer.from(entry, 'ascii'), false),
  )
  return extension('2.5.29.17', der.sequence(...entries))
}
