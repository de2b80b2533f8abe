import { expect } from 'chai'
import { before } from 'mocha'
import { until } from '../../cluster/wait.ts'
import { type Caller, exchange } from '../door.ts'
import { FLEET, withGround } from '../ground.ts'

describe('operation of the REST surface', function () {
  this.timeout(120_000)
  const ground = withGround({ nodes: 1 })
  let scraper: Caller
  let viewer: Caller
  const at = async (caller: Caller, path: string, headers = caller.headers) =>
    await exchange({ ...caller, headers }, 'GET', path)

  before(async () => {
    const { succeed } = ground()
    for (const account of ['scraper', 'viewer']) await succeed(['create', 'serviceaccount', account, '-n', FLEET])
    await succeed(['create', 'clusterrole', 'scrape', '--verb=get', '--non-resource-url=/metrics'])
    await succeed([
      'create',
      'clusterrolebinding',
      'scrape',
      '--clusterrole=scrape',
      `--serviceaccount=${FLEET}:scraper`,
    ])
    await succeed([
      'create',
      'clusterrolebinding',
      'view',
      '--clusterrole=autonomy-rollouts-viewer',
      `--serviceaccount=${FLEET}:viewer`,
    ])
    scraper = await ground().direct('scraper')
    viewer = await ground().direct('viewer')
    await until(async () => (await at(scraper, '/metrics')).status === 200, {
      what: 'the role is in force',
      withinMs: 20_000,
    })
    await until(async () => (await viewer.call('GET', '/rollouts')).status === 200, {
      what: 'the other, too',
      withinMs: 20_000,
    })
  })

  it('gives metrics to who may get /metrics, and to nobody else', async () => {
    expect((await at(scraper, '/metrics', {})).status).to.equal(401)
    expect((await at(viewer, '/metrics')).status).to.equal(403)
    const answer = await at(scraper, '/metrics')
    expect(answer.headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/)
  })

  it('takes a token for the API server there, as every component of Kubernetes does, and nowhere else', async () => {
    const audience = 'https://kubernetes.default.svc'
    const [mayScrape, mayView] = await Promise.all(
      ['scraper', 'viewer'].map(async account => await ground().direct(account, audience)),
    )
    const statusOf = async (caller: Caller | undefined, path: string) => (await at(caller!, path)).status
    expect(await statusOf(mayScrape, '/metrics')).to.equal(200)
    expect(await statusOf(mayView, '/metrics')).to.equal(403)
    expect(await statusOf(await ground().direct('scraper', 'somebody.example'), '/metrics')).to.equal(401)
    for (const path of ['/v1/rollouts', '/v1/openapi.json', '/apis', '/openapi/v3', '/metrics/', '/nothing'])
      expect([path, await statusOf(mayView, path)]).to.deep.equal([path, 401])
  })

  it('has the documented metrics and those that dashboards know', async () => {
    const { body } = await at(scraper, '/metrics')
    for (const name of [
      'cp_http_requests_total',
      'cp_http_request_duration_seconds_bucket',
      'cp_rollout_plans_total',
      'controller_runtime_reconcile_total',
      'controller_runtime_reconcile_errors_total',
      'controller_runtime_reconcile_time_seconds_bucket',
      'controller_runtime_active_workers',
      'workqueue_depth',
      'workqueue_adds_total',
      'rest_client_requests_total',
      'leader_election_master_status',
      'process_resident_memory_bytes',
    ])
      expect(String(body)).to.match(new RegExp(`^${name}[{ ]`, 'm'))
  })

  it('counts requests by pattern, so that no caller can make it grow', async () => {
    const seriesOf = async () => {
      const { body } = await at(scraper, '/metrics')
      return String(body).match(/^cp_http_requests_total\{.*\}/gm) ?? []
    }
    const ask = async (index: number) => {
      await viewer.call('GET', `/rollouts/plan-${index}`)
      await viewer.call('GET', `/nothing/${index}`)
      await viewer.call(`X${index}`, '/rollouts')
    }
    for (let index = 0; index < 3; index += 1) await ask(index)
    const before = await seriesOf()
    for (let index = 3; index < 40; index += 1) await ask(index)
    expect(await seriesOf()).to.deep.equal(before)
    const labels = new Set(before.map(line => /route="([^"]*)"/.exec(line)?.[1]))
    expect(labels).to.include('/rollouts/:plan')
    for (const label of labels) expect(label).to.match(/^(other|(\/:?\w+)+)$/)
  })

  for (const [path, body] of [
    ['/livez', 'ok'],
    ['/readyz', 'ok'],
    ['/healthz', 'ok'],
  ] as const)
    it(`answers ${path} to anybody`, async () => {
      const answer = await at(viewer, path, {})
      expect(answer).to.deep.include({ status: 200, body })
    })

  it('says at /v1/health whether it serves', async () => {
    const answer = await at(viewer, '/v1/health', {})
    expect(answer.status).to.equal(200)
    expect(answer.body).to.include({ status: 'ok' })
  })
})
