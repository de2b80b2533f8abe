import type { ServerOptions } from 'node:https'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { createAuthority, issue } from '../../cluster/certificate.ts'
import { type Answer, json } from '../../kube/fault-server.ts'

/** 32 bytes, as Standard Webhooks writes keys. */
export const SIGNING_KEY = `whsec_${Buffer.from('a key that only two of us know..').toString('base64')}`

const DAY = 86_400_000
const now = systemClock().now()
const authority = createAuthority('receivers', now)

/** What a receiver on this machine serves with, and whom it is to be trusted by. */
export function servingIdentity(
  names: readonly string[] = ['127.0.0.1'],
  validForMs = DAY,
  since = now,
): ServerOptions {
  const subject = { commonName: 'receiver' }
  const { keyPem, certificatePem } = issue(authority, { subject, use: { kind: 'server', names }, validForMs }, since)
  return { key: keyPem, cert: certificatePem }
}

export const TRUST = { 'ca.crt': authority.certificatePem, 'signing-key': SIGNING_KEY }

/** Ends a connection without an answer. A TLS socket cannot be made to reset its TCP connection. */
export const broken: Answer = (_, __, socket) => void socket.destroy()

export const says = (state: string, detail?: string): Answer =>
  json(200, { state, ...(detail === undefined ? {} : { detail }) })
