import type { Client } from '../../kube/client.ts'
import { createCache } from '../../kube/cache.ts'
import type { Identified, RawObject } from '../../kube/object.ts'
import { defineResource } from '../../kube/resource.ts'
import { whenAborted } from '../../runtime/abort.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'

/** Names of the headers in which the API server names the caller. */
export type RequestHeaders = {
  readonly username: readonly string[]
  readonly uid: readonly string[]
  readonly group: readonly string[]
  readonly extraPrefixes: readonly string[]
}

/** By whom, and how, a caller may be vouched for. */
export type FrontProxyTrust = {
  /** The bundle of authorities that sign front proxies, as PEM. */
  readonly ca: string
  /** Common names of front proxies; none: any. */
  readonly allowedNames: readonly string[]
  readonly headers: RequestHeaders
}

export type FrontProxy = {
  /** Undefined until it was read for the first time. */
  readonly trust: () => FrontProxyTrust | undefined
  readonly subscribe: (changed: () => void) => () => void
  readonly run: (signal: AbortSignal) => Promise<void>
}

const NAMESPACE = 'kube-system'
const NAME = 'extension-apiserver-authentication'

type TrustMap = Identified & { readonly data: { readonly [key: string]: string } }

const configMaps = defineResource<TrustMap>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})

/**
 * Follows the ConfigMap in which kube-apiserver tells aggregated servers how to know it. Its authorities are rotated
 * while we run. What cannot be read is logged, and what was last read stays in force.
 */
export function frontProxy(parts: {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly log: Log
}): FrontProxy {
  const { log } = parts
  const subscribers = new Set<() => void>()
  let trust: FrontProxyTrust | undefined
  const cache = createCache<TrustMap>({
    ...parts,
    resource: configMaps,
    namespace: NAMESPACE,
    fieldSelector: `metadata.name=${NAME}`,
    trim: trimTrust,
  })
  cache.subscribe(({ kind, object }) => {
    if (kind === 'deleted') {
      log.warn(`ConfigMap ${NAMESPACE}/${NAME} is gone; what it said last stays in force`)
      return
    }
    try {
      trust = readTrust(object.data)
    } catch (error) {
      log.error(`ConfigMap ${NAMESPACE}/${NAME} cannot be read; what it said before stays in force`, { error })
      return
    }
    for (const changed of subscribers) changed()
  })
  return {
    trust: () => trust,
    subscribe: changed => {
      subscribers.add(changed)
      return () => void subscribers.delete(changed)
    },
    run: signal => cache.run(signal),
  }
}

/** Where nobody passes requests on, nobody is believed. */
export const NO_FRONT_PROXY: FrontProxy = {
  trust: () => undefined,
  subscribe: () => () => undefined,
  run: whenAborted,
}

function trimTrust(raw: RawObject): TrustMap {
  const { name, namespace = '', uid, resourceVersion } = raw.metadata
  return {
    metadata: { name, namespace, uid, resourceVersion },
    data: (raw as { readonly data?: TrustMap['data'] }).data ?? {},
  }
}

/** @throws Error that names the key and what is wrong with it */
export function readTrust(data: { readonly [key: string]: string }): FrontProxyTrust {
  const ca = data['requestheader-client-ca-file']
  if (!ca?.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error(
      'requestheader-client-ca-file holds no certificate: kube-apiserver runs without --requestheader-client-ca-file',
    )
  const list = (key: string): readonly string[] => {
    const text = data[key]
    if (text === undefined || text.trim() === '') return []
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value
    throw new Error(`${key} is no JSON array of strings`)
  }
  const username = list('requestheader-username-headers')
  if (username.length === 0) throw new Error('requestheader-username-headers names no header')
  return {
    ca,
    allowedNames: list('requestheader-allowed-names'),
    headers: {
      username,
      uid: list('requestheader-uid-headers'),
      group: list('requestheader-group-headers'),
      extraPrefixes: list('requestheader-extra-headers-prefix'),
    },
  }
}
