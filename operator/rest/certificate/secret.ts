import type { Client } from '../../kube/client.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/errors.ts'
import type { Draft, ObjectMeta } from '../../kube/object.ts'
import { defineResource } from '../../kube/resource.ts'
import { type Bundle, isReadable, isUsable } from './bundle.ts'

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

/** The bundle as read, and what a write of it is preconditioned on. */
export type Stored = { readonly bundle: Bundle | undefined; readonly secret: Secret }

type Ref = { readonly namespace: string; readonly name: string }

/** Undefined when there is no such Secret; one that cannot be read has no bundle. */
export async function readSecret(client: Client, ref: Ref, signal: AbortSignal): Promise<Stored | undefined> {
  try {
    const secret = await client.get(secrets, ref, { signal })
    return { secret, bundle: bundleOf(secret.data ?? {}) }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** False when another replica was faster: read again. */
export async function writeSecret(
  client: Client,
  ref: Ref,
  bundle: Bundle,
  stored: Stored | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const data = dataOf(bundle)
  try {
    if (stored) await client.update(secrets, { ...stored.secret, data }, { signal })
    else {
      const labels = {
        'app.kubernetes.io/managed-by': 'autonomy-rollouts',
        'app.kubernetes.io/part-of': 'autonomy-rollouts',
      }
      const draft: Draft<Secret> = { metadata: { ...ref, labels }, type: 'Opaque', data }
      await client.create(secrets, draft, { signal })
    }
    return true
  } catch (error) {
    if (isConflict(error) || isAlreadyExists(error)) return false
    throw error
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (text = '') => Buffer.from(text, 'base64').toString('utf8')

/** `ca.crt` is the whole of what to trust, as everybody expects of that key. */
function dataOf({ authority, next, former, serving, changedAt }: Bundle): { readonly [key: string]: string } {
  const texts = {
    'ca.crt': [authority.cert, ...(next ? [next.cert] : []), ...former].join(''),
    'ca.key': authority.key,
    'next.key': next?.key ?? '',
    'next.crt': next?.cert ?? '',
    'tls.crt': serving.cert,
    'tls.key': serving.key,
    'changed-at': new Date(changedAt).toISOString(),
  }
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]))
}

function bundleOf(data: { readonly [key: string]: string }): Bundle | undefined {
  const blocks = decode(data['ca.crt']).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
  const [cert, ...others] = blocks.map(block => `${block.trim()}\n`).filter(isReadable)
  if (cert === undefined) return undefined
  const authority = { cert, key: decode(data['ca.key']) }
  const next = { cert: decode(data['next.crt']), key: decode(data['next.key']) }
  const coming = next.cert !== '' && isUsable(next) ? next : undefined
  const changedAt = Date.parse(decode(data['changed-at']))
  return {
    authority,
    next: coming,
    former: others.filter(other => other !== coming?.cert),
    serving: { cert: decode(data['tls.crt']), key: decode(data['tls.key']) },
    changedAt: Number.isNaN(changedAt) ? 0 : changedAt,
  }
}
