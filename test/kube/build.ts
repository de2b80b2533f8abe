import type { RawObject } from '../../operator/kube/object.ts'

export type Thing = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
  }
  readonly value: unknown
}

/** A ConfigMap-like object; the version also serves as its content. */
export function thing(name: string, version: number, uid = `uid-${name}`): Thing {
  return { metadata: { namespace: 'fleet', name, uid, resourceVersion: String(version) }, value: version }
}

export function raw(name: string, version: number, uid?: string): RawObject {
  return {
    ...thing(name, version, uid),
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...thing(name, version, uid).metadata,
      creationTimestamp: '2026-11-24T12:00:00Z',
      managedFields: [{ manager: 'kubectl' }],
    } as RawObject['metadata'],
  }
}

export function trim(object: RawObject): Thing {
  const { name, namespace = '', uid, resourceVersion } = object.metadata
  return { metadata: { name, namespace, uid, resourceVersion }, value: object.value }
}
