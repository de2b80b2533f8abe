import type { Clock } from '../runtime/clock.ts'
import { ApiError, isApiError } from './errors.ts'
import { nameOf } from './http.ts'
import type { HttpRequest } from './http.ts'
import type { Draft, Identified, List, ObjectRef } from './object.ts'
import { isRecord } from './refusal.ts'
import { apiVersionOf, checkNamespace, collectionPath, objectPath } from './resource.ts'
import type { Resource } from './resource.ts'
import type { Transport } from './transport.ts'
import { openWatch } from './watch.ts'
import type { WatchEvent, WatchOptions } from './watch.ts'
import { readList, readObject } from './wire.ts'

export type CallOptions = {
  readonly signal: AbortSignal
  /** Overrides the transport's deadline for this call, retries included. */
  readonly timeoutMs?: number
}

export type WriteOptions = CallOptions & {
  /** The server validates and admits, and stores nothing. */
  readonly dryRun?: boolean
}

export type SubresourceOptions = WriteOptions & { readonly subresource?: 'status' }

/** The write is refused (409, `isConflict`) unless the stored object still has these. */
export type Preconditions = { readonly uid?: string; readonly resourceVersion?: string }

export type PatchOptions = SubresourceOptions & {
  readonly preconditions?: Preconditions
}

export type DeleteOptions = WriteOptions & {
  readonly preconditions?: Preconditions
  /** Default: the server's, `Background` for every kind used here. */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

export type ListOptions = CallOptions & {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
}

/**
 * Typed calls on the Kubernetes API. Every method rejects with `ApiError` (the server refused), `TransportError`
 * (no usable answer: a write may or may not have happened), the signal's reason (the caller gave up), or, for writes,
 * whatever `beforeWrite` throws (nothing was sent, or not again after the server had refused it).
 *
 * What comes back is the wire's JSON, not validated beyond its metadata, with `apiVersion` and `kind` filled in.
 */
export type Client = {
  get<T extends Identified>(resource: Resource<T>, ref: ObjectRef, options: CallOptions): Promise<T>
  /** One page, read from a quorum. */
  list<T extends Identified>(resource: Resource<T>, options: ListOptions): Promise<List<T>>
  /** Every page, 500 objects at a time, all at one resourceVersion. */
  listAll<T extends Identified>(
    resource: Resource<T>,
    options: Omit<ListOptions, 'limit' | 'continue'>,
  ): Promise<List<T>>
  /** Never retried after it was sent: a `TransportError` leaves open whether the object exists. */
  create<T extends Identified>(resource: Resource<T>, object: Draft<T>, options: WriteOptions): Promise<T>
  /** Preconditioned on `object.metadata.resourceVersion`. */
  update<T extends Identified>(resource: Resource<T>, object: T, options: SubresourceOptions): Promise<T>
  mergePatch<T extends Identified>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: Readonly<Record<string, unknown>>,
    options: PatchOptions,
  ): Promise<T>
  delete(resource: Resource, ref: ObjectRef, options: DeleteOptions): Promise<void>
  /** Rejects on the first use, not at once, when it cannot be opened. Ends when the server ends it. */
  watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent, void, void>
}

export type ClientOptions = {
  readonly transport: Transport
  readonly clock: Clock
  /**
   * Called before every write, and again at each attempt when its first byte is about to be sent; throws to refuse it. A
   * leader's client has its lease guard here.
   */
  readonly beforeWrite?: () => void
  /** Who owns the fields written; default `autonomy-rollouts`. */
  readonly fieldManager?: string
}

const pageSize = 500

export function createClient(options: ClientOptions): Client {
  const { transport, clock, beforeWrite, fieldManager = 'autonomy-rollouts' } = options

  const guard = beforeWrite === undefined ? {} : { guard: beforeWrite }

  const write = async <T extends Identified>(
    resource: Resource<T>,
    request: HttpRequest,
    call: WriteOptions,
  ): Promise<T> => {
    beforeWrite?.()
    const query = { fieldManager, ...(call.dryRun ? { dryRun: 'All' } : {}) }
    const sent = { ...request, ...bounds(call), ...guard, query }
    return readObject(resource, nameOf(request), await transport.request(sent))
  }

  const list = async <T extends Identified>(resource: Resource<T>, call: ListOptions): Promise<List<T>> => {
    const { namespace, labelSelector, fieldSelector, limit } = call
    const request: HttpRequest = {
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { labelSelector, fieldSelector, limit, continue: call.continue },
      ...bounds(call),
    }
    return readList(resource, nameOf(request), await transport.request(request))
  }

  return {
    get: async (resource, ref, call) => {
      const request: HttpRequest = { method: 'GET', path: objectPath(resource, ref), ...bounds(call) }
      return readObject(resource, nameOf(request), await transport.request(request))
    },
    list,
    listAll: async (resource, call) => {
      const items = []
      let resourceVersion = ''
      for await (const page of listPages({ list }, resource, { ...call, limit: pageSize })) {
        items.push(...page.items)
        resourceVersion = page.resourceVersion
      }
      return { items, resourceVersion }
    },
    create: async (resource, object, call) => {
      checkNamespace(resource, object.metadata.namespace)
      const path = collectionPath(resource, object.metadata.namespace)
      return write(resource, { method: 'POST', path, body: typed(resource, object), signal: call.signal }, call)
    },
    update: async (resource, object, call) => {
      const path = objectPath(resource, object.metadata, call.subresource)
      return write(resource, { method: 'PUT', path, body: typed(resource, object), signal: call.signal }, call)
    },
    mergePatch: async (resource, ref, patch, call) => {
      const path = objectPath(resource, ref, call.subresource)
      const body = withPreconditions(patch, call.preconditions)
      const contentType = 'application/merge-patch+json'
      const request: HttpRequest = { method: 'PATCH', path, body, contentType, signal: call.signal }
      return write(resource, request, call).catch((error: unknown) => {
        throw call.preconditions?.uid === undefined ? error : otherUidAsConflict(error)
      })
    },
    delete: async (resource, ref, call) => {
      beforeWrite?.()
      const { preconditions, propagationPolicy, dryRun } = call
      await transport.request({
        method: 'DELETE',
        path: objectPath(resource, ref),
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          ...(preconditions === undefined ? {} : { preconditions }),
          ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
          ...(dryRun ? { dryRun: ['All'] } : {}),
        },
        ...bounds(call),
        ...guard,
      })
    },
    watch: (resource, call) => openWatch(transport, clock, resource, call),
  }
}

/** Page after page of `options.limit` objects, all read at one resourceVersion. `isGone` when that took too long. */
export async function* listPages<T extends Identified>(
  client: Pick<Client, 'list'>,
  resource: Resource<T>,
  options: Omit<ListOptions, 'continue'>,
): AsyncGenerator<List<T>, void, void> {
  let page = await client.list(resource, options)
  yield page
  while (page.continue !== undefined) {
    page = await client.list(resource, { ...options, continue: page.continue })
    yield page
  }
}

function bounds({ signal, timeoutMs }: CallOptions): { readonly signal: AbortSignal; readonly timeoutMs?: number } {
  return timeoutMs === undefined ? { signal } : { signal, timeoutMs }
}

/** The wire wants to know what an object is; domain types need not carry it. */
function typed(resource: Resource, object: object): object {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }
}

/** A patch carries its preconditions in the object's metadata. */
function withPreconditions(patch: Readonly<Record<string, unknown>>, preconditions: Preconditions | undefined): object {
  if (preconditions === undefined) return patch
  const metadata = isRecord(patch.metadata) ? patch.metadata : {}
  return { ...patch, metadata: { ...metadata, ...preconditions } }
}

/** A patch for another UID is answered 422, the field being immutable; updates and deletions get the 409 it deserves. */
function otherUidAsConflict(error: unknown): unknown {
  const other =
    isApiError(error) && error.code === 422 && error.details?.causes?.some(cause => cause.field === 'metadata.uid')
  if (!other) return error
  return new ApiError(error.request, 409, { reason: 'Conflict', message: 'the object has another UID' })
}
