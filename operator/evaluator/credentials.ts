import { CREDENTIALS_HOSTS, CREDENTIALS_TYPE } from '../api/names.ts'
import type { Client } from '../kube/client.ts'
import { isApiError, isNotFound } from '../kube/errors.ts'
import type { ObjectMeta } from '../kube/object.ts'
import { defineResource } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { TlsIdentity } from './outbound/agents.ts'
import { hostMatches } from './outbound/hosts.ts'

type Secret = {
  readonly metadata: ObjectMeta
  readonly type?: string
  readonly data?: { readonly [key: string]: string }
}

const secrets = defineResource<Secret>({
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
})

/** What a request is made with, or why there is nothing to make it with. */
export type Credentials =
  | {
      readonly headers: Readonly<Record<string, string>>
      readonly tls: TlsIdentity
      /** What questions are signed with, as the Secret has it; never sent. */
      readonly signingKey?: string
    }
  | { readonly why: string }

export type CredentialReader = {
  /**
   * The credentials in a Secret, for this address.
   *
   * @throws only the reason of `signal`
   */
  readonly read: (namespace: string, name: string, address: URL, signal: AbortSignal) => Promise<Credentials>
  /** The Secret is read anew for the next request: its content was refused. */
  readonly forget: (namespace: string, name: string) => void
}

/** A Secret is believed for so long, in milliseconds. */
const BELIEVED = 30_000

/**
 * Reads Secrets that were made for gates, and no others.
 *
 * A plan's author names a Secret and an address, and may be somebody who cannot read Secrets. So a Secret says itself
 * that it is meant for gates (its type, which cannot be changed) and to which hosts it may be shown: an author can
 * neither have another Secret sent out, nor this one to a host of theirs.
 */
export function createCredentialReader(client: Pick<Client, 'get'>, clock: Clock): CredentialReader {
  const known = new Map<string, { readonly secret: Secret; readonly readAt: number }>()

  const secretOf = async (namespace: string, name: string, signal: AbortSignal): Promise<Secret> => {
    const key = `${namespace}/${name}`
    for (const [other, { readAt }] of known) if (clock.monotonic() - readAt > BELIEVED) known.delete(other)
    const present = known.get(key)
    if (present) return present.secret
    const secret = await client.get(secrets, { namespace, name }, { signal })
    known.set(key, { secret, readAt: clock.monotonic() })
    return secret
  }

  return {
    read: async (namespace, name, address, signal) => {
      try {
        return credentialsOf(await secretOf(namespace, name, signal), address)
      } catch (error) {
        signal.throwIfAborted()
        if (isNotFound(error)) return { why: `there is no Secret ${name} in namespace ${namespace}` }
        if (isApiError(error) && error.code === 403)
          return {
            why: `the operator may not read Secret ${name}: name ${namespace} in the chart's gates.secretNamespaces`,
          }
        return { why: `Secret ${name} cannot be read just now` }
      }
    },
    forget: (namespace, name) => void known.delete(`${namespace}/${name}`),
  }
}

function credentialsOf({ metadata, type, data = {} }: Secret, address: URL): Credentials {
  const { name, annotations = {} } = metadata
  if (type !== CREDENTIALS_TYPE) return { why: `Secret ${name} is not of type ${CREDENTIALS_TYPE}` }
  const hosts = (annotations[CREDENTIALS_HOSTS] ?? '').split(/[\s,]+/).filter(Boolean)
  if (!hostMatches(hosts, address))
    return { why: `Secret ${name} is not for ${address.host}: its annotation ${CREDENTIALS_HOSTS} does not name it` }
  const text = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8')
  const [token, username, password] = [text('token')?.trim(), text('username'), text('password')]
  const signingKey = text('signing-key')
  const [ca, cert, key] = [text('ca.crt'), text('tls.crt'), text('tls.key')]
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')
  if (token !== undefined && /[^\x21-\x7e]/.test(token))
    return { why: `the token in Secret ${name} has characters that no token has` }
  const authorization =
    token !== undefined
      ? `Bearer ${token}`
      : username !== undefined || password !== undefined
        ? `Basic ${basic}`
        : undefined
  return {
    headers: authorization === undefined ? {} : { authorization },
    ...(signingKey === undefined ? {} : { signingKey }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
  }
}
