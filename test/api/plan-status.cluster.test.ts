import { expect } from 'chai'
import { plan, recovery, stage } from './object.ts'
import { largestPlan, largestStatus } from './largest.ts'
import { collectionOf, withApi } from './server.ts'
import type { Body, Wire } from './server.ts'

const UNSEEN = {
  reason: 'Pending',
  message: 'not looked at yet: is a rollout operator process running?',
  lastTransitionTime: '1970-01-01T00:00:00Z',
} as const

type WatchEvent = { readonly type: string; readonly object: Body }

describe('status of a RolloutPlan on the API server', () => {
  const api = withApi()

  async function created<W extends Wire>(object: W): Promise<W> {
    const { status, body } = await api().create(object)
    expect(status, JSON.stringify(body)).to.equal(201)
    return object
  }

  /** The events that a watcher gets who has listed the collection before. */
  async function watched(kind: Wire['kind'], resourceVersion: string): Promise<WatchEvent[]> {
    const query = `watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=1`
    const { body } = await api().cluster.request('GET', `${collectionOf(kind)}?${query}`)
    const lines = typeof body === 'string' ? body.trim().split('\n') : [JSON.stringify(body)]
    return lines.map(line => JSON.parse(line) as WatchEvent)
  }

  describe('of an object that nobody has looked at yet', () => {
    it('the plan is served with every default of its spec', async () => {
      const fresh = await created(plan('fresh', { stages: [stage('canary'), stage('wide', { batchSize: '10%' })] }))
      expect((await api().get(fresh)).spec).to.deep.equal({
        artifactRef: 'oci.example/robot-agent:2',
        fleet: {},
        activation: {
          label: 'fleet.autonomyops.dev/release',
          confirm: { kind: 'ready', minReadySeconds: 0 },
          timeoutSeconds: 600,
        },
        stuckAfterSeconds: 3600,
        stages: [
          { id: 'canary', nodes: {}, allowEmpty: false, batchSize: 1, maxFailures: 0, maxUnreachable: 0, gates: [] },
          { id: 'wide', nodes: {}, allowEmpty: false, batchSize: '10%', maxFailures: 0, maxUnreachable: 0, gates: [] },
        ],
      })
    })

    for (const object of [plan('unseen'), recovery('unseen')])
      it(`the ${object.kind} does not look finished, neither by get, nor by list, nor by watch`, async () => {
        const { resourceVersion } = (await api().list(object.kind)).metadata
        await created(object)
        const seen = [
          await api().get(object),
          (await api().list(object.kind)).items.find(item => item.metadata.name === 'unseen'),
          (await watched(object.kind, resourceVersion)).find(event => event.type === 'ADDED')?.object,
        ]
        for (const served of seen) {
          if (served === undefined) return expect.fail('it is served everywhere')
          const { status } = served
          expect(status.phase).to.equal(object.kind === 'RolloutPlan' ? 'published' : 'Pending')
          // kstatus takes an object without conditions for finished, and one with Reconciling=True for in progress.
          const reconciling = status.conditions.find(({ type }) => type === 'Reconciling')
          expect(reconciling).to.include({ ...UNSEEN, status: 'True' })
          const others = status.conditions.filter(({ type }) => type !== 'Reconciling')
          for (const condition of others) expect(condition.status).to.equal('Unknown')
        }
      })

    it('nobody who creates a plan sets its status', async () => {
      const cheating = { ...plan('cheating'), status: { phase: 'completed' } }
      await created(cheating)
      expect((await api().get(cheating)).status.phase).to.equal('published')
    })
  })

  it('changes through its subresource only', async () => {
    const object = await created(plan('subresource'))
    await api().patch(object, { status: { phase: 'completed' } })
    expect((await api().get(object)).status.phase).to.equal('published')
    await api().patch(object, { status: { phase: 'active' }, metadata: { labels: { smuggled: 'yes' } } }, 'status')
    const { metadata, status } = await api().get(object)
    expect(status.phase).to.equal('active')
    expect(metadata.labels).to.equal(undefined)
  })

  it('is written only on the version it was decided from', async () => {
    const object = await created(plan('contended'))
    const read = await api().get(object)
    const next = { ...read, status: { ...read.status, phase: 'active' } }
    expect(await api().put(object, next, 'status')).to.include({ status: 200 })
    const late = await api().put(object, next, 'status')
    expect(late.status).to.equal(409)
    expect(late.body.reason).to.equal('Conflict')
  })

  for (const end of ['completed', 'rolled_back', 'cancelled'])
    it(`stays ${end} for good`, async () => {
      const object = await created(plan(`ended-${end.replace('_', '-')}`))
      await api().patch(object, { status: { phase: end } }, 'status')
      const phases = ['published', 'active', 'paused', 'completed', 'rolled_back', 'cancelled']
      const others = phases.filter(phase => phase !== end)
      for (const status of [...others.map(phase => ({ phase })), null]) {
        const again = await api().patch(object, { status }, 'status')
        expect(again.status).to.equal(422)
        expect(again.body.message).to.include(
          'status: Invalid value: a plan that is completed, rolled_back or cancelled stays so; create a new plan',
        )
      }
      const beside = { status: { phase: end, progress: '1/1' } }
      expect(await api().patch(object, beside, 'status'), 'the rest may change').to.include({ status: 200 })
    })

  for (const end of ['promoted', 'halted'])
    it(`keeps a ${end} stage ${end}`, async () => {
      const object = await created(plan(`stage-${end}`))
      const stages = (phase: string) => ({ status: { phase: 'active', stages: [{ id: 'canary', phase }] } })
      expect(await api().patch(object, stages(end), 'status')).to.include({ status: 200 })
      for (const phase of ['pending', 'open', 'promoted', 'halted'].filter(phase => phase !== end)) {
        const again = await api().patch(object, stages(phase), 'status')
        expect(again.status).to.equal(422)
        expect(again.body.message).to.include(
          'status.stages[0]: Invalid value: a promoted or halted stage is closed for good',
        )
      }
      for (const without of [[], null]) {
        const dropped = await api().patch(object, { status: { stages: without } }, 'status')
        expect(dropped.status).to.equal(422)
        expect(dropped.body.message).to.include('status: Invalid value: a promoted or halted stage stays on the list')
      }
    })

  describe('of the largest plan', () => {
    const largest = largestPlan()

    it('the plan is accepted, and its labels can be changed within the cost limit of the rules', async () => {
      expect(JSON.stringify(largest).length).to.be.within(600_000, 1_000_000)
      await created(largest)
      const relabelled = await api().patch(largest, { metadata: { labels: { team: 'arms' } } })
      expect(relabelled.status, JSON.stringify(relabelled.body).slice(0, 1000)).to.equal(200)
    })

    it('the largest status is accepted, and replaced by another', async () => {
      const status = largestStatus()
      const first = await api().patch(largest, { status }, 'status')
      expect(first.status, JSON.stringify(first.body).slice(0, 1000)).to.equal(200)
      const second = await api().patch(largest, { status: { ...status, phase: 'paused' } }, 'status')
      expect(second.status, JSON.stringify(second.body).slice(0, 1000)).to.equal(200)
      expect((await api().get(largest)).status).to.deep.equal({ ...status, phase: 'paused' })
    })
  })
})
