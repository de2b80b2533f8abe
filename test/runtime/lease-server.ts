import type { Client } from '../../operator/kube/client.ts'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import type { Lease } from '../../operator/kube/resource.ts'
import type { FakeClock } from './fake-clock.ts'

export type Fault =
  | { readonly kind: 'none' }
  /** Nothing comes back; the call runs into its time-out. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'refuse' }
  /** Every answer takes two seconds. */
  | { readonly kind: 'slow' }
  /** The write is committed, but its answer is lost. */
  | { readonly kind: 'lose_answer' }

export type LeaseClient = Pick<Client, 'get' | 'create' | 'update'>

/** One Lease with the API server's rules: optimistic concurrency, and nothing else. Each replica can be cut off. */
export function leaseServer(clock: FakeClock) {
  let stored: Lease | undefined
  let version = 0
  const faults = new Map<string, Fault>()
  const writes: string[] = []

  const status = (code: number, reason: string) => new ApiError('x', code, { reason, message: reason })

  const answer = async <T>(replica: string, timeoutMs: number | undefined, run: () => T): Promise<T> => {
    const fault = faults.get(replica)?.kind ?? 'none'
    if (fault === 'refuse') throw new TransportError('x', 'connection_refused', 'refused')
    const result = fault === 'hang' ? undefined : { value: run() }
    if (fault === 'slow') await clock.sleep(2_000, new AbortController().signal)
    if (result !== undefined && fault !== 'lose_answer') return result.value
    await clock.sleep(timeoutMs ?? 15_000, new AbortController().signal)
    throw new TransportError('x', 'timeout', 'no answer in time')
  }

  const store = (replica: string, lease: Lease): Lease => {
    version += 1
    const { name, namespace = '' } = lease.metadata
    const metadata = { name, namespace, uid: 'lease-uid', resourceVersion: String(version), creationTimestamp: '' }
    stored = { ...lease, metadata }
    writes.push(`${replica}: ${lease.spec?.holderIdentity ?? ''}`)
    return stored
  }

  const client = (replica: string): LeaseClient => ({
    get: ((_resource: unknown, _ref: unknown, { timeoutMs }: { timeoutMs?: number }) =>
      answer(replica, timeoutMs, () => {
        if (stored === undefined) throw status(404, 'NotFound')
        return stored
      })) as Client['get'],
    create: ((_resource: unknown, lease: Lease, { timeoutMs }: { timeoutMs?: number }) =>
      answer(replica, timeoutMs, () => {
        if (stored !== undefined) throw status(409, 'AlreadyExists')
        return store(replica, lease)
      })) as unknown as Client['create'],
    update: ((_resource: unknown, lease: Lease, { timeoutMs }: { timeoutMs?: number }) =>
      answer(replica, timeoutMs, () => {
        if (stored === undefined) throw status(404, 'NotFound')
        if (stored.metadata.resourceVersion !== lease.metadata.resourceVersion) throw status(409, 'Conflict')
        return store(replica, lease)
      })) as unknown as Client['update'],
  })

  return {
    client,
    writes,
    lease: () => stored,
    set: (replica: string, fault: Fault['kind']) => void faults.set(replica, { kind: fault }),
    remove: () => (stored = undefined),
    /** Somebody else's write to anything but the spec. */
    touch: () => {
      if (stored !== undefined) store('touch', stored)
    },
  }
}
