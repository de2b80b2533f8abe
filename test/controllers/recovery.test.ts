import { expect } from 'chai'
import type { RolloutPlan, RolloutRecovery } from '../../operator/api/object.ts'
import type { AppliedRecovery } from '../../operator/api/rollout-plan-status.ts'
import { type RecoveryJudge, recoveryJudge } from '../../operator/controllers/recovery.ts'
import { succeeded } from '../../operator/controllers/verdict.ts'
import { ApiError, NotLeaderError, TransportError } from '../../operator/kube/errors.ts'
import { at, observation, plan, recovery, time } from '../rollout/build.ts'

const SIGNAL = new AbortController().signal
const KEY = 'fleet/agent-1-4-2'
const asked = recovery('rollback')
const applied: AppliedRecovery = {
  uid: asked.metadata.uid,
  name: asked.metadata.name,
  strategy: 'rollback',
  previousPhase: 'active',
  newPhase: 'rolled_back',
  recoveredAt: time(5),
}
const stopped = plan({ status: { phase: 'rolled_back', lastRecovery: applied } })
/** The verdict that a leader writes at that second. */
const judgedAt = (second: number): RolloutRecovery => ({
  ...asked,
  metadata: { ...asked.metadata, resourceVersion: '2' },
  status: succeeded(asked, applied, stopped, at(second)),
})
const lost = new TransportError('PUT', 'timeout', 'no answer in time')
const conflict = new ApiError('PUT', 409, { reason: 'Conflict', message: 'the object has been modified' })

type Told = { readonly audit: readonly { readonly event_name: string }[] }

/**
 * A judge that has a verdict to write. What answers its writes, one after the other, and what it can see, is the test's:
 * no real server loses an answer, or lets another leader write, on command.
 */
function scene(...answers: readonly Error[]) {
  const seen: {
    known: RolloutRecovery | undefined
    live: RolloutRecovery | undefined
    second: number
    leads: boolean
  } = { known: asked, live: asked, second: 6, leads: true }
  const told: string[] = []
  const sent: RolloutRecovery[] = []
  const record = ({ audit }: Told) => void told.push(...audit.map(({ event_name }) => event_name))
  const waiting = [...answers]
  const parts = {
    client: {
      update: async (_: unknown, written: RolloutRecovery) => {
        sent.push(written)
        const error = waiting.shift()
        if (error) throw error
        return written
      },
      get: async () => {
        if (!seen.live) throw new ApiError('GET', 404, { reason: 'NotFound', message: 'not found' })
        return seen.live
      },
    },
    caches: { plans: { observe: () => {} }, recoveries: { observe: (live: RolloutRecovery) => (seen.known = live) } },
    view: {
      recovery: () => seen.known,
      pending: () => (seen.known ? [seen.known] : []),
      observe: (observed: RolloutPlan) => observation({ plan: observed }),
    },
    clock: { now: () => at(seen.second) },
    record,
    recordFound: (records: Told) => seen.leads && record(records),
    writeStatus: async () => {},
  }
  const judge: RecoveryJudge = recoveryJudge(parts as never)
  const next = async (known = stopped) => await judge.next(KEY, known, SIGNAL).catch((error: unknown) => error)
  const orphans = async () => await judge.orphans(KEY, SIGNAL).catch((error: unknown) => error)
  return { seen, told, sent, next, orphans }
}

describe('audit line of a verdict', () => {
  it('is told when the write is answered', async () => {
    const { told, next } = scene()
    await next()
    expect(told).to.deep.equal(['rollout.recovered'])
  })

  it('is told when the answer was lost, and the watch or a conflict shows the verdict that was sent', async () => {
    for (const second of [undefined, conflict]) {
      const { seen, told, next } = scene(lost, ...(second ? [second] : []))
      expect(await next()).to.equal(lost)
      seen.live = judgedAt(6)
      if (!second) seen.known = judgedAt(6)
      seen.second = 9
      await next()
      await next()
      expect(told).to.deep.equal(['rollout.recovered'])
    }
  })

  it('is told once when it takes several tries', async () => {
    const { seen, told, next } = scene(lost, lost)
    await next()
    seen.second = 8
    await next()
    seen.known = judgedAt(6)
    await next()
    await next()
    expect(told).to.deep.equal(['rollout.recovered'])
  })

  it('is told when the recovery was deleted, or deleted and created anew, before it could be written', async () => {
    const gone = new ApiError('PUT', 404, { reason: 'NotFound', message: 'not found' })
    const other = { ...asked, metadata: { ...asked.metadata, uid: 'another' } }
    for (const [answer, live] of [
      [gone, undefined],
      [conflict, undefined],
      [conflict, other],
    ] as const) {
      const { seen, told, next } = scene(answer)
      seen.live = live
      await next()
      seen.known = undefined
      await next()
      expect(told).to.deep.equal(['rollout.recovered'])
    }
  })

  it('is left to the other leader, of a recovery that was deleted since', async () => {
    const gone = new ApiError('PUT', 404, { reason: 'NotFound', message: 'not found' })
    for (const answer of [gone, conflict]) {
      const { seen, told, next } = scene(answer)
      seen.live = undefined
      seen.leads = false
      await next()
      seen.known = undefined
      await next()
      expect(told).to.deep.equal([])
    }
  })

  it('is told when the recovery was deleted between its two writes', async () => {
    const { seen, told, next } = scene(new ApiError('PUT', 404, { reason: 'NotFound', message: 'not found' }))
    await next(plan({ status: { phase: 'active' } }))
    seen.known = seen.live = undefined
    await next()
    await next()
    expect(told).to.deep.equal(['rollout.recovered'])
  })

  it('is left to the other leader who wrote it in the same second', async () => {
    for (const first of [new NotLeaderError('this replica does not lead'), conflict]) {
      const { seen, told, next } = scene(first)
      if (first === conflict) seen.live = judgedAt(6)
      await next()
      seen.known = judgedAt(6)
      await next()
      expect(told).to.deep.equal([])
    }
  })

  it('is left to the other leader whose verdict it is', async () => {
    for (const first of [new NotLeaderError('this replica does not lead'), lost, conflict]) {
      const { seen, told, next } = scene(first)
      seen.live = judgedAt(10)
      await next()
      seen.known = judgedAt(10)
      await next()
      expect(told).to.deep.equal([])
    }
  })

  it('is told of a recovery without a plan when only a read shows that it was written', async () => {
    const { seen, told, sent, orphans } = scene(lost)
    expect(await orphans()).to.equal(lost)
    seen.live = sent[0]
    await orphans()
    await orphans()
    expect(told).to.deep.equal(['rollout.recovery.rejected'])
  })
})
