import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { RecoveryStatus, Strategy } from '../../../operator/api/rollout-recovery.ts'
import type { Client } from '../../../operator/kube/client.ts'
import { ApiError } from '../../../operator/kube/errors.ts'
import type { Exchange } from '../../../operator/rest/exchange.ts'
import { type Submission, submit } from '../../../operator/rest/recovery/submission.ts'
import { timestamp } from '../../../operator/rollout/time.ts'
import type { Caches } from '../../../operator/view/caches.ts'
import { fakeClock } from '../../runtime/fake-clock.ts'

export const REASON = 'the gate does not matter'
const NEVER = new AbortController().signal

export type Wish = { readonly user?: string; readonly key?: string; readonly reason?: string }

/** An API server with one plan, on a clock that is moved by hand. */
export type World = ReturnType<typeof world>

/**
 * @param leader what becomes of a recovery as soon as it is created: `effective` at once, or `absent`, until `judge`
 * @param cached whether the replica that is asked has seen the recoveries; if not, it has just started
 */
export function world({
  leader = 'effective',
  cached = false,
}: { leader?: 'effective' | 'absent'; cached?: boolean } = {}) {
  const clock = fakeClock()
  const stored = new Map<string, RolloutRecovery>()
  let plan = { metadata: { name: 'p', namespace: 'fleet', uid: 'plan-uid' }, status: {} } as RolloutPlan
  let broken: Error | undefined
  let created = 0
  const refuse = (code: number, reason: string) => new ApiError('a request', code, { reason, message: reason })

  const judge = (name: string, status: Partial<RecoveryStatus> = { phase: 'Succeeded' }) => {
    const recovery = stored.get(name)!
    const { uid } = recovery.metadata
    const { operator = '', strategy } = recovery.spec
    const at = timestamp(clock.now())
    stored.set(name, { ...recovery, status: { recoveredAt: at, ...status } } as RolloutRecovery)
    if (status.phase !== 'Succeeded') return
    const told = strategy === 'gate-report' ? [] : [{ at, event: 'Recovered', strategy, operator, recovery: name }]
    const history = [...(plan.status.history ?? []), ...told]
    const lastRecovery = { uid, name, strategy, recoveredAt: at }
    plan = { ...plan, status: { ...plan.status, history, lastRecovery } } as unknown as RolloutPlan
  }
  /** As `kubectl create` stores it: the names and annotations are the creator's. */
  const put = (name: string, recovery: Partial<RolloutRecovery> = {}) => {
    created += 1
    const metadata = {
      ...recovery.metadata,
      name,
      namespace: 'fleet',
      uid: `uid-${created}`,
      resourceVersion: String(created),
      creationTimestamp: timestamp(clock.now()),
    }
    stored.set(name, { status: { phase: 'Pending' }, ...recovery, metadata } as RolloutRecovery)
    if (leader === 'effective') judge(name)
    return stored.get(name)!
  }
  const create = async (_: unknown, draft: RolloutRecovery): Promise<RolloutRecovery> => {
    const { name } = draft.metadata
    if (stored.has(name)) throw refuse(409, 'AlreadyExists')
    return put(name, draft)
  }
  const get = async (_: unknown, { name }: { readonly name: string }) => {
    if (broken) throw broken
    return stored.get(name) ?? plan
  }
  const cache = {
    get: (key: string) => (cached ? stored.get(key.split('/')[1]!) : undefined),
    observe: () => undefined,
  }
  const parts = {
    clock,
    client: { create, get } as unknown as Client,
    caches: { recoveries: cache, plans: cache } as unknown as Caches,
    view: { recoveriesOf: () => (cached ? [...stored.values()] : []) },
  }
  const ask = async (strategy: Strategy, { user = 'alice', key, reason = REASON }: Wish = {}): Promise<Submission> => {
    const exchange = {
      caller: { user, groups: [], extra: {}, door: 'direct' },
      header: (name: string) => (name === 'idempotency-key' ? key : undefined),
      auditId: 'audit',
      signal: NEVER,
    } as unknown as Exchange
    return await submit({ plan, strategy, reason }, exchange, parts)
  }
  return { clock, stored, ask, judge, put, breakReads: (error: Error) => (broken = error) }
}
