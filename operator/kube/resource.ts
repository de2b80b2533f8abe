import type { Identified, KubeObject, ObjectRef } from './object.ts'

/** How one kind is addressed. `T` is the type of its objects and exists at compile time only. */
export type Resource<T extends Identified = Identified> = {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly __type?: T
}

export function defineResource<T extends Identified>(resource: Omit<Resource<T>, '__type'>): Resource<T> {
  return resource
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** `plural.group`, the name used in logs and metric labels. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

/**
 * Path of the collection. Without a namespace a namespaced resource is addressed across all namespaces,
 * which only `list` and `watch` accept.
 */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}/${resource.version}${scope}/${resource.plural}`
}

/** @throws TypeError when a namespaced object is named without its namespace, or a cluster-scoped one with */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  if (ref.name === '') throw new TypeError(`${resourceName(resource)}: an object needs a name`)
  checkNamespace(resource, ref.namespace)
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** @throws TypeError when the scope of `namespace` is not that of the resource */
export function checkNamespace(resource: Resource, namespace: string | undefined): void {
  if (resource.namespaced && !namespace) throw new TypeError(`${resourceName(resource)}: a namespace is needed`)
  if (!resource.namespaced && namespace) throw new TypeError(`${resourceName(resource)}: has no namespace`)
}

export const nodes = defineResource<KubeObject>({
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
})

export const pods = defineResource<KubeObject>({
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
})

export const configMaps = defineResource<KubeObject & { readonly data?: Readonly<Record<string, string>> }>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})

export const controllerRevisions = defineResource<KubeObject & { readonly revision: number; readonly data?: unknown }>({
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
})

/** Times are RFC 3339 with microseconds (`MicroTime`). */
export type LeaseSpec = {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export type Lease = KubeObject & { readonly spec?: LeaseSpec }

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
})

export type ObjectReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
}

export type KubeEvent = KubeObject & {
  readonly eventTime: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note?: string
  readonly regarding: ObjectReference
  readonly related?: ObjectReference
  readonly reportingController: string
  readonly reportingInstance: string
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
}

export const events = defineResource<KubeEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
})
