import { TransportError } from './errors.ts'
import type { Identified, List } from './object.ts'
import { isRecord } from './refusal.ts'
import { apiVersionOf } from './resource.ts'
import type { Resource } from './resource.ts'

/**
 * The one place where JSON from the API server becomes typed: it must be an object with metadata. The rest of its shape
 * is the server's promise, kept by the CRD's schema or by Kubernetes itself.
 *
 * @throws TransportError `bad_response`
 */
export function readObject<T extends Identified>(resource: Resource<T>, request: string, value: unknown): T {
  if (!isRecord(value) || !isRecord(value.metadata)) {
    throw new TransportError(request, 'bad_response', `the answer is no ${resource.kind}`)
  }
  // Items of built-in lists come without these two.
  return { ...value, apiVersion: apiVersionOf(resource), kind: resource.kind } as unknown as T
}

/** @throws TransportError `bad_response` */
export function readList<T extends Identified>(resource: Resource<T>, request: string, value: unknown): List<T> {
  if (!isRecord(value) || !isRecord(value.metadata) || !(Array.isArray(value.items) || value.items === null)) {
    throw new TransportError(request, 'bad_response', `the answer is no list of ${resource.plural}`)
  }
  const { resourceVersion, continue: more } = value.metadata
  if (typeof resourceVersion !== 'string') {
    throw new TransportError(request, 'bad_response', `the list of ${resource.plural} has no resourceVersion`)
  }
  const items = (value.items ?? []).map(item => readObject(resource, request, item))
  return { items, resourceVersion, ...(typeof more === 'string' && more !== '' ? { continue: more } : {}) }
}
