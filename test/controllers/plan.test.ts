import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { planReconciler } from '../../operator/controllers/plan.ts'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import { RELEASE, activated, at, frozen, node, observation, opened, plan, reporting } from '../rollout/build.ts'

const SIGNAL = new AbortController().signal
const KEY = 'fleet/agent-1-4-2'
const lost = new TransportError('PUT', 'timeout', 'no answer in time')

type Told = { readonly audit: readonly { readonly event_name: string }[] }
type Subscriber = (change: { readonly kind: 'deleted'; readonly object: RolloutPlan }) => void

/**
 * A reconciler whose writes are answered by the test, and whose cache is what the test says: no real server loses an
 * answer, or keeps one back, on command.
 */
function scene(answer: (written: RolloutPlan) => Promise<RolloutPlan>, more: Parameters<typeof observation>[0] = {}) {
  const cache = new Map<string, RolloutPlan>()
  const seen = { leads: true }
  const told: string[] = []
  const sent: RolloutPlan[] = []
  const subscribers: Subscriber[] = []
  const parts = {
    client: {
      update: async (_: unknown, written: RolloutPlan) => {
        sent.push(written)
        return await answer(written)
      },
      get: async () => {
        throw new ApiError('GET', 404, { reason: 'NotFound', message: 'not found' })
      },
    },
    caches: {
      plans: {
        get: (key: string) => cache.get(key),
        observe: (object: RolloutPlan) => void cache.set(`fleet/${object.metadata.name}`, object),
        subscribe: (subscriber: Subscriber) => void subscribers.push(subscriber),
      },
      recoveries: { observe: () => {} },
      nodes: {},
      parts: {},
    },
    view: {
      pending: () => [],
      recovery: () => undefined,
      partsOf: () => [],
      observe: (observed: RolloutPlan) => observation({ ...more, plan: observed }),
    },
    pods: { stateFor: () => 'known', follow: () => {} },
    pace: { decide: (_: string, decide: () => unknown) => decide(), forget: () => {} },
    evaluator: { follow: () => {} },
    clock: { now: () => at(6), monotonic: () => 0 },
    record: ({ audit }: Told) => void told.push(...audit.map(({ event_name }) => event_name)),
    leads: () => seen.leads,
    stopping: new AbortController().signal,
  }
  const reconcile = planReconciler(parts as never)
  return {
    seen,
    sent,
    told,
    know: (object: RolloutPlan) => parts.caches.plans.observe(object),
    remove: (object: RolloutPlan) => {
      cache.delete(KEY)
      for (const subscriber of subscribers) subscriber({ kind: 'deleted', object })
    },
    reconcile: async (key = KEY) => await reconcile(key, SIGNAL, undefined as never).catch((error: unknown) => error),
  }
}

/** A plan whose only node has confirmed: the write that completes it is not answered, and then the plan is deleted. */
async function completedInVain({ leads, made }: { readonly leads: boolean; readonly made: boolean }) {
  const members = frozen(node('n01'))
  const before = plan({
    status: {
      phase: 'active',
      observedGeneration: 1,
      currentStageId: 'stage-01',
      stages: [opened('stage-01', members)],
    },
  })
  const done = reporting(activated(node('n01'), before), RELEASE)
  const { seen, sent, told, know, remove, reconcile } = scene(
    async written => {
      if (written.status.phase === 'completed') throw lost
      return written
    },
    { nodes: [done], frozen: { 'stage-01': members } },
  )
  seen.leads = leads
  know(before)
  expect(await reconcile()).to.equal(lost)
  expect(told).to.deep.equal([])
  remove(made ? sent.at(-1)! : before)
  expect([await reconcile(), await reconcile()]).to.deep.equal([{}, {}])
  return told
}

describe('reconciler of plans', () => {
  it('tells of a transition whose answer was lost when the plan was deleted with it', async () => {
    const told = await completedInVain({ leads: true, made: true })
    expect(told).to.deep.equal(['rollout.stage.promoted', 'rollout.plan.completed'])
  })

  it('does not when the plan was deleted without it, or another replica leads', async () => {
    expect(await completedInVain({ leads: true, made: false })).to.deep.equal([])
    expect(await completedInVain({ leads: false, made: true })).to.deep.equal([])
  })

  it('decides from the plan as it is after another of its label has started, not as it was before', async () => {
    const first = Promise.withResolvers<RolloutPlan>()
    const { sent, know, reconcile } = scene(async written => (sent.length === 1 ? await first.promise : written))
    const [one, two] = [plan({ name: 'one' }), plan({ name: 'two' })]
    know(one)
    know(two)
    const ones = reconcile('fleet/one')
    const twos = reconcile('fleet/two')
    await new Promise(resolve => setImmediate(resolve))
    expect(sent.map(({ metadata: { name } }) => name)).to.deep.equal(['one'])
    know({ ...two, metadata: { ...two.metadata, resourceVersion: '2' } })
    first.resolve(sent[0]!)
    await Promise.all([ones, twos])
    const [, second] = sent
    expect(second?.metadata).to.include({ name: 'two', resourceVersion: '2' })
  })
})
