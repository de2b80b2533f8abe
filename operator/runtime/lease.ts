import type { Client } from '../kube/client.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts'
import { leases } from '../kube/resource.ts'
import type { Lease, LeaseSpec } from '../kube/resource.ts'
import type { Clock } from './clock.ts'
import { microTime } from './micro-time.ts'

/** What one attempt found or brought about. */
export type LeaseAttempt =
  /** We hold it, by a request sent at `sentAt` (monotonic). */
  | { readonly kind: 'held'; readonly sentAt: number; readonly transitions: number }
  /** Somebody else holds it, for `leftMs` more unless they renew it. */
  | { readonly kind: 'other'; readonly holder: string; readonly leftMs: number }
  /** Somebody was faster; look again. */
  | { readonly kind: 'raced' }

export type LeaseKeeperOptions = {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly leaseDurationMs: number
  readonly clock: Clock
}

export type LeaseKeeper = {
  /** Takes the lease if it is free or expired, renews it if it is ours. Rejects with the client's errors. */
  attempt(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<LeaseAttempt>
  /** Gives the lease up, so that the next candidate need not wait for its expiry. False when it was not ours. */
  release(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<boolean>
}

/**
 * The Lease protocol of client-go's leaderelection, one attempt at a time.
 *
 * Times in the Lease are for people. Whether it has expired is judged by how long this process has seen it unchanged,
 * on its own monotonic clock: candidates' clocks may differ by any offset, only their rates must be about equal.
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { client, namespace, name, identity, clock } = options
  const durationSeconds = Math.ceil(options.leaseDurationMs / 1000)
  let seen: { readonly lease: Lease; readonly spec: string; readonly at: number } | undefined

  const note = (lease: Lease): void => {
    const spec = JSON.stringify(lease.spec ?? {})
    seen = { lease, spec, at: seen?.spec === spec ? seen.at : clock.monotonic() }
  }

  const ours = (previous: LeaseSpec | undefined): LeaseSpec => {
    const now = microTime(clock.now())
    const renewal = previous?.holderIdentity === identity
    const transitions = previous?.leaseTransitions ?? 0
    return {
      ...previous,
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: renewal ? (previous.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: renewal || previous === undefined ? transitions : transitions + 1,
    }
  }

  const write = async (
    send: (spec: LeaseSpec) => Promise<Lease>,
    previous: LeaseSpec | undefined,
  ): Promise<LeaseAttempt> => {
    const sentAt = clock.monotonic()
    const spec = ours(previous)
    note(await send(spec))
    return { kind: 'held', sentAt, transitions: spec.leaseTransitions ?? 0 }
  }

  const put = (lease: Lease, call: { readonly signal: AbortSignal; readonly timeoutMs: number }) =>
    write(spec => client.update(leases, { ...lease, spec }, call), lease.spec)

  return {
    attempt: async call => {
      try {
        // While we hold it nobody else writes it: the version last seen is the present one, and no read is needed.
        if (seen?.lease.spec?.holderIdentity === identity) return await put(seen.lease, call)
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error
      }
      const found = await client.get(leases, { namespace, name }, call).catch(absentIfNotFound)
      try {
        if (found === undefined) {
          const draft = { metadata: { namespace, name } }
          // A lease that was deleted goes on counting where it stood, as far as we know.
          return await write(spec => client.create(leases, { ...draft, spec }, call), seen?.lease.spec)
        }
        note(found)
        const holder = found.spec?.holderIdentity ?? ''
        const leftMs =
          holder === '' || holder === identity ? 0 : expiresIn(found.spec, seen?.at ?? 0, clock.monotonic())
        return leftMs > 0 ? { kind: 'other', holder, leftMs } : await put(found, call)
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return { kind: 'raced' }
        throw error
      }
    },
    release: async call => {
      const lease = seen?.lease
      if (lease?.spec?.holderIdentity !== identity) return false
      const spec: LeaseSpec = {
        ...lease.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: microTime(clock.now()),
      }
      seen = undefined
      await client.update(leases, { ...lease, spec }, call)
      return true
    },
  }
}

function expiresIn(spec: LeaseSpec | undefined, seenAt: number, now: number): number {
  return seenAt + (spec?.leaseDurationSeconds ?? 0) * 1000 - now
}

function absentIfNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
