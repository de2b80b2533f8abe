import { expect } from 'chai'
import { createOrchestrator } from '../../../kubectl-plugin/orchestrator/client.ts'
import { rememberEntities } from '../../../kubectl-plugin/orchestrator/entities.ts'
import type { HttpAnswer, HttpRequest } from '../../../kubectl-plugin/orchestrator/exchange.ts'
import type { Orchestrator } from '../../../kubectl-plugin/orchestrator/orchestrator.ts'

const how = { signal: new AbortController().signal }

/** A surface on paper: answers every request in the same way and remembers it. */
function paper(answer: Partial<HttpAnswer> = {}, namespace?: string) {
  const requests: HttpRequest[] = []
  const orchestrator = createOrchestrator({
    address: 'https://api.example',
    exchange: async request => {
      requests.push(request)
      return await Promise.resolve({ status: 200, headers: {}, text: '{"kind":"Rollout"}', ...answer })
    },
    ...(namespace === undefined ? {} : { namespace }),
  })
  return { orchestrator, requests }
}

type Ask = (orchestrator: Orchestrator) => Promise<unknown>

const ASKED: readonly (readonly [ask: Ask, request: Partial<HttpRequest>])[] = [
  [
    o => o.list({ phase: 'active', limit: 5 }, how),
    { method: 'GET', path: '/v1/rollouts', query: { phase: 'active', limit: 5 } },
  ],
  [o => o.get('p', how), { method: 'GET', path: '/v1/rollouts/p' }],
  [o => o.stuck(60, how), { method: 'GET', path: '/v1/rollouts/stuck', query: { threshold_seconds: 60 } }],
  [o => o.gates('p', 's', how), { method: 'GET', path: '/v1/rollouts/p/stages/s/gates' }],
  [
    o => o.nodes('p', { state: 'failed' }, how),
    { method: 'GET', path: '/v1/rollouts/p/nodes', query: { state: 'failed' } },
  ],
  [o => o.history('p', how), { method: 'GET', path: '/v1/rollouts/p/history' }],
  [o => o.create({ plan_id: 'p' }, how), { method: 'POST', path: '/v1/rollouts', body: { plan_id: 'p' } }],
  [o => o.cancel('p', {}, how), { method: 'DELETE', path: '/v1/rollouts/p' }],
  [o => o.cancel('p', { reason: 'r' }, how), { method: 'DELETE', path: '/v1/rollouts/p', body: { reason: 'r' } }],
  [
    o => o.recover('p', { strategy: 'retry', reason: 'r' }, { ...how, dryRun: true }),
    {
      method: 'POST',
      path: '/v1/rollouts/p/recover',
      query: { dryRun: 'All' },
      body: { strategy: 'retry', reason: 'r' },
    },
  ],
  [
    o => o.act('halt', 'p', { reason: 'r' }, how),
    { method: 'POST', path: '/v1/rollouts/p/halt', body: { reason: 'r' } },
  ],
  [
    o => o.approve('p', 's', 'g', { reason: 'r' }, how),
    { method: 'POST', path: '/v1/rollouts/p/stages/s/gates/g/approve', body: { reason: 'r' } },
  ],
  [
    o => o.report('p', { evaluation: 'u/s/g/1', state: 'unknown' }, how),
    { method: 'POST', path: '/v1/rollouts/p/gate-report', body: { evaluation: 'u/s/g/1', state: 'unknown' } },
  ],
]

describe('the orchestrator over HTTP', () => {
  for (const [ask, request] of ASKED)
    it(`sends ${request.method} ${request.path}${request.body === undefined ? '' : ` ${JSON.stringify(request.body)}`}`, async () => {
      const { orchestrator, requests } = paper()
      await ask(orchestrator)
      expect(requests).to.have.length(1)
      expect(requests[0]).to.deep.include(request)
    })

  it('speaks of a namespace in every path, where one is named', async () => {
    const { orchestrator, requests } = paper({}, 'fleet')
    await orchestrator.get('p', how)
    expect(requests[0]?.path).to.equal('/v1/namespaces/fleet/rollouts/p')
  })

  for (const [name, segment] of [
    ['a/b', 'a%2Fb'],
    ['..', '%2E%2E'],
    ['.', '%2E'],
    ['ü?#', '%C3%BC%3F%23'],
  ] as const)
    it(`keeps ${name} one segment of the path`, async () => {
      const { orchestrator, requests } = paper()
      await orchestrator.get(name, how)
      expect(requests[0]?.path).to.equal(`/v1/rollouts/${segment}`)
    })

  it('is told the release of the server by every answer', async () => {
    const { orchestrator } = paper({ headers: { server: 'autonomy-rollouts/1.2.3' } })
    expect(await orchestrator.version(how)).to.equal('1.2.3')
  })

  it('does not know the release of a server that does not say it', async () => {
    const { orchestrator } = paper({ headers: { server: 'nginx' } })
    expect(await orchestrator.version(how)).to.equal(undefined)
  })

  it('takes not ready for an answer', async () => {
    const { orchestrator } = paper({ status: 503, text: '{"status":"not ready","problems":["cache-plans"]}' })
    expect(await orchestrator.health(how)).to.deep.equal({ status: 'not ready', problems: ['cache-plans'] })
  })

  describe('with what was read before', () => {
    it('asks whether it has changed, and gives the very same object when it has not', async () => {
      const entities = rememberEntities()
      const first = paper({ headers: { etag: '"1"' } })
      const body = await first.orchestrator.get('p', { ...how, entities })
      const second = paper({ status: 304, text: '' })
      expect(await second.orchestrator.get('p', { ...how, entities })).to.equal(body)
      expect(second.requests[0]?.headers).to.deep.equal({ 'if-none-match': '"1"' })
    })

    it('takes what is new, and remembers that', async () => {
      const entities = rememberEntities()
      await paper({ headers: { etag: '"1"' } }).orchestrator.get('p', { ...how, entities })
      await paper({ headers: { etag: '"2"' }, text: '{"phase":"paused"}' }).orchestrator.get('p', { ...how, entities })
      const third = paper({ status: 304, text: '' })
      expect(await third.orchestrator.get('p', { ...how, entities })).to.deep.equal({ phase: 'paused' })
      expect(third.requests[0]?.headers).to.deep.equal({ 'if-none-match': '"2"' })
    })

    it('does not take one question for another', async () => {
      const entities = rememberEntities()
      await paper({ headers: { etag: '"1"' } }).orchestrator.nodes('p', { stage: 'a' }, { ...how, entities })
      const other = paper()
      await other.orchestrator.nodes('p', { stage: 'b' }, { ...how, entities })
      expect(other.requests[0]).not.to.have.property('headers')
    })

    it('forgets the oldest, so that it does not grow for ever', () => {
      const entities = rememberEntities(2)
      for (const path of ['a', 'b', 'c']) entities.set(path, { etag: path, body: {} })
      expect(['a', 'b', 'c'].map(path => entities.get(path)?.etag)).to.deep.equal([undefined, 'b', 'c'])
    })
  })
})
