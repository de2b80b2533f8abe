import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectSuccess } from './admin-client.ts'
import type { AdminClient } from './admin-client.ts'
import { clusterError } from './error.ts'
import { kubeconfig } from './kubeconfig.ts'
import type { Credentials } from './kubeconfig.ts'
import type { Pki } from './pki.ts'

export interface UserIdentity {
  readonly user: string
  readonly groups?: readonly string[]
  /** The API server to talk to; default: the first one. */
  readonly server?: string
}

export interface ServiceAccountIdentity {
  readonly namespace: string
  readonly name: string
  /** Default: the API server's own. */
  readonly audiences?: readonly string[]
  /** Default 3600; the API server grants no less than 600. */
  readonly expirationSeconds?: number
}

export interface ServiceAccountAccess {
  /** Refers to `tokenFile`, as a pod's mounted token is referred to. */
  readonly kubeconfig: string
  readonly tokenFile: string
  token(): Promise<string>
  /** Puts a new token in place of the old one, which stays valid: what the kubelet does to a mounted token. */
  renew(): Promise<void>
}

/** Ways in as somebody. All files lie in the cluster's folder and go with it. */
export interface ClientAccess {
  /** A kubeconfig with a client certificate for any user in any groups; returns its path. */
  clientFor(identity: UserIdentity): Promise<string>
  /** Asks for a token of an existing service account (TokenRequest). */
  clientForServiceAccount(identity: ServiceAccountIdentity): Promise<ServiceAccountAccess>
  /** A kubeconfig without any credentials: whoever uses it is anonymous. */
  clientForNobody(): Promise<string>
}

export interface AccessContext {
  readonly folder: string
  readonly server: string
  readonly pki: Pki
  readonly admin: AdminClient
}

export function clientAccess({ folder, server, pki, admin }: AccessContext): ClientAccess {
  const save = async (user: string, credentials: Credentials, at = server): Promise<string> => {
    const path = join(folder, `client-${randomUUID()}.kubeconfig`)
    await writeFile(path, kubeconfig({ server: at, caPem: pki.caPem, user, credentials }), { mode: 0o600 })
    return path
  }
  return {
    async clientFor({ user, groups = [], server: at }) {
      const { certificatePem, keyPem } = pki.client({ commonName: user, organizations: groups })
      return await save(user, { kind: 'certificate', certificatePem, keyPem }, at)
    },
    async clientForServiceAccount(identity) {
      const tokenFile = join(folder, `token-${randomUUID()}`)
      const renew = async () => await replaceFile(tokenFile, await requestToken(admin, identity))
      await renew()
      return {
        kubeconfig: await save(`${identity.namespace}/${identity.name}`, { kind: 'token-file', path: tokenFile }),
        tokenFile,
        token: async () => await readFile(tokenFile, 'utf8'),
        renew,
      }
    },
    clientForNobody: async () => await save('nobody', { kind: 'none' }),
  }
}

/** A reader sees the old content or the new one, never half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, path)
}

async function requestToken(admin: AdminClient, identity: ServiceAccountIdentity): Promise<string> {
  const { namespace, name, audiences, expirationSeconds = 3600 } = identity
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds, ...(audiences === undefined ? {} : { audiences }) },
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`
  const what = `a token for service account ${namespace}/${name}`
  const body = expectSuccess(what, await admin.request('POST', path, request))
  if (typeof body === 'object' && body !== null && 'status' in body) {
    const { status } = body
    if (typeof status === 'object' && status !== null && 'token' in status && typeof status.token === 'string')
      return status.token
  }
  throw clusterError('request_failed', `${what}: the answer holds no token`)
}
