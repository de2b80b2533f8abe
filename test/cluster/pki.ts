import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, issue } from './certificate.ts'
import type { Identity, Subject } from './certificate.ts'

export interface ServingFiles {
  readonly certFile: string
  readonly keyFile: string
  /** The authority to verify it with. */
  readonly caFile: string
}

/** The authorities of one cluster; the keys never leave this process except as files below `folder`. */
export interface Pki {
  readonly caFile: string
  readonly caPem: string
  /** Signs who calls on behalf of others: differs from the client authority, or any client could impersonate. */
  readonly frontProxyCaFile: string
  readonly frontProxy: ServingFiles
  /** The service account key pair: the private key signs tokens, the public one checks them. */
  readonly serviceAccountKeyFile: string
  readonly serviceAccountPublicKeyFile: string
  client(subject: Subject): Identity
  /** The same as files, named after `name`. */
  clientFiles(name: string, subject: Subject): Promise<ServingFiles>
  serving(names: readonly string[]): Promise<ServingFiles>
}

/** Creates everything new: two clusters never trust each other. */
export async function createPki(folder: string, now: number): Promise<Pki> {
  const authority = createAuthority('autonomy-test-ca', now)
  const frontProxyAuthority = createAuthority('autonomy-test-front-proxy-ca', now)
  const serviceAccount = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const caFile = join(folder, 'ca.crt')
  const frontProxyCaFile = join(folder, 'front-proxy-ca.crt')
  const serviceAccountKeyFile = join(folder, 'service-account.key')
  const serviceAccountPublicKeyFile = join(folder, 'service-account.pub')
  const save = async (name: string, identity: Identity, ca: string): Promise<ServingFiles> => {
    const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`), caFile: ca }
    await writeFile(files.certFile, identity.certificatePem)
    await writeFile(files.keyFile, identity.keyPem, { mode: 0o600 })
    return files
  }
  await writeFile(caFile, authority.certificatePem)
  await writeFile(frontProxyCaFile, frontProxyAuthority.certificatePem)
  await writeFile(serviceAccountKeyFile, serviceAccount.privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  })
  await writeFile(serviceAccountPublicKeyFile, serviceAccount.publicKey.export({ type: 'spki', format: 'pem' }))
  const frontProxyRequest = { subject: { commonName: FRONT_PROXY_USER }, use: { kind: 'client' } } as const
  return {
    caFile,
    caPem: authority.certificatePem,
    frontProxyCaFile,
    frontProxy: await save('front-proxy', issue(frontProxyAuthority, frontProxyRequest, now), frontProxyCaFile),
    serviceAccountKeyFile,
    serviceAccountPublicKeyFile,
    client: subject => issue(authority, { subject, use: { kind: 'client' } }, now),
    clientFiles: async (name, subject) =>
      await save(name, issue(authority, { subject, use: { kind: 'client' } }, now), caFile),
    serving: async names => {
      const commonName = names[0] ?? 'localhost'
      const identity = issue(authority, { subject: { commonName }, use: { kind: 'server', names } }, now)
      return await save(`serving-${randomUUID()}`, identity, caFile)
    },
  }
}

export const FRONT_PROXY_USER = 'front-proxy-client'
