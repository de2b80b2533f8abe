/** The few wire types every part shares. Timestamps are the strings the API server sent; nothing is turned into a Date. */

export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export type ObjectMeta = {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/**
 * The least every object read from the API has, and the bound of every type parameter in this room. Domain types may
 * leave `apiVersion` and `kind` out: they are known from the resource, and put on the wire by the client.
 */
export type Identified = {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>
}

/** An object as it came from the wire: only its metadata has been looked at. */
export type RawObject = KubeObject & { readonly [field: string]: unknown }

/** What a writer supplies of the metadata of an object that does not exist yet. */
export type DraftMeta = {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

/** `T` before it is created: no server-set metadata, and `apiVersion`, `kind` and `status` may be left out. */
export type Draft<T extends Identified> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'status'> & {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: DraftMeta
}

export type List<T> = {
  readonly items: readonly T[]
  /** The version the whole list was read at. */
  readonly resourceVersion: string
  /** Present when there are more pages. */
  readonly continue?: string
}

export type Condition = {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** Names one object; `namespace` is absent for cluster-scoped kinds. */
export type ObjectRef = { readonly name: string; readonly namespace?: string }

/** `namespace/name`, or `name` for cluster-scoped objects: the form of every cache and queue key. */
export function keyOf(object: { readonly metadata: ObjectRef }): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** The inverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
