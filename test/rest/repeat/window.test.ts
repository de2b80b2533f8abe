import { expect } from 'chai'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { ApiError } from '../../../operator/kube/errors.ts'
import type { Client } from '../../../operator/kube/client.ts'
import type { Exchange } from '../../../operator/rest/exchange.ts'
import { REPEAT_WINDOW, type Submission, submit } from '../../../operator/rest/recovery/submission.ts'
import { timestamp } from '../../../operator/rollout/time.ts'
import type { Strategy } from '../../../operator/api/rollout-recovery.ts'
import type { Caches } from '../../../operator/view/caches.ts'
import { fakeClock } from '../../runtime/fake-clock.ts'

const NEVER = new AbortController().signal

/** An API server with one plan, whose recoveries take effect at once, on a clock that is moved by hand. */
function world() {
  const clock = fakeClock()
  const stored = new Map<string, RolloutRecovery>()
  let plan = { metadata: { name: 'p', namespace: 'fleet', uid: 'plan-uid' }, status: {} } as RolloutPlan
  const refuse = (code: number, reason: string) => new ApiError('a request', code, { reason, message: reason })
  const create = async (_: unknown, draft: RolloutRecovery): Promise<RolloutRecovery> => {
    const { name } = draft.metadata
    if (stored.has(name)) throw refuse(409, 'AlreadyExists')
    const uid = `uid-${stored.size}`
    const metadata = { ...draft.metadata, uid, creationTimestamp: timestamp(clock.now()) }
    stored.set(name, { ...draft, metadata, status: { phase: 'Succeeded' } } as RolloutRecovery)
    plan = { ...plan, status: { ...plan.status, lastRecovery: { uid } } } as RolloutPlan
    return stored.get(name)!
  }
  const get = async (_: unknown, { name }: { readonly name: string }) => stored.get(name) ?? plan
  // Nothing is cached, as on a replica that has just started.
  const cache = { get: () => undefined, observe: () => undefined }
  const parts = {
    clock,
    client: { create, get } as unknown as Client,
    caches: { recoveries: cache, plans: cache } as unknown as Caches,
  }
  const exchange = {
    caller: { user: 'alice', groups: [], extra: {}, door: 'direct' },
    header: () => undefined,
    auditId: 'audit',
    signal: NEVER,
  } as unknown as Exchange
  const ask = async (strategy: Strategy): Promise<Submission> =>
    await submit({ plan, strategy, reason: 'the gate does not matter' }, exchange, parts)
  return { clock, stored, ask }
}

describe('the same words said again', () => {
  for (const [strategy, afterMs, replayed] of [
    ['skip_failed', 0, true],
    ['skip_failed', REPEAT_WINDOW - 1_000, true],
    ['skip_failed', REPEAT_WINDOW, true],
    ['skip_failed', REPEAT_WINDOW + 1_000, false],
    ['retry', REPEAT_WINDOW - 1_000, true],
    ['retry', REPEAT_WINDOW + 1_000, false],
    ['approve', REPEAT_WINDOW + 1_000, false],
  ] as const)
    it(`${afterMs / 1_000} s after ${strategy} took effect are ${replayed ? 'a repeat' : 'a new wish'}`, async () => {
      const { clock, stored, ask } = world()
      const first = await ask(strategy)
      await clock.advance(afterMs)
      const second = await ask(strategy)
      expect(second.replayed).to.equal(replayed)
      expect(second.recovery.metadata.name === first.recovery.metadata.name).to.equal(replayed)
      expect(stored.size).to.equal(replayed ? 1 : 2)
    })

  it('a third time are a repeat of the second, which was a new wish', async () => {
    const { clock, stored, ask } = world()
    await ask('skip_failed')
    await clock.advance(REPEAT_WINDOW + 1_000)
    const second = await ask('skip_failed')
    await clock.advance(60_000)
    const third = await ask('skip_failed')
    expect(third).to.deep.equal({ recovery: second.recovery, replayed: true })
    expect(stored.size).to.equal(2)
  })

  it('by twenty at once are one wish', async () => {
    const { stored, ask } = world()
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await ask('skip_failed')))
    expect(answers.filter(({ replayed }) => !replayed)).to.have.length(1)
    expect(stored.size).to.equal(1)
  })
})
