import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { answersOk } from '../cluster/component.ts'
import { until } from '../cluster/wait.ts'
import { createGuard } from './guard.ts'
import { resolvePrometheus } from './programs.ts'
import { type Prometheus, startPrometheus } from './prometheus.ts'
import { promtool } from './promtool.ts'

const RULES = `
groups:
- name: rooms
  rules:
  - { alert: TooWarm, expr: temperature_celsius > 20, for: 1h, labels: { severity: warning } }
`

describe('a Prometheus for tests', function () {
  this.timeout(240_000)
  const target = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end('temperature_celsius{room="kitchen"} 21.5\ntemperature_celsius{room="cellar"} +Inf\n')
  })
  let folder = ''
  let prometheus: Prometheus

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autonomy-rules-'))
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    const { port } = target.address() as AddressInfo
    await writeFile(join(folder, 'rules.yaml'), RULES)
    prometheus = await startPrometheus({
      scrape: [{ job_name: 'rooms', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      rules: [join(folder, 'rules.yaml')],
    })
  })
  after(async () => {
    await prometheus?.stop()
    target.close()
    target.closeAllConnections()
    await rm(folder, { recursive: true, force: true })
  })

  it('answers what it has scraped', async () => {
    const warm = async () => (await prometheus.query('temperature_celsius{room="kitchen"}'))[0]
    const sample = await until(warm, { what: 'the first scrape', withinMs: 30_000 })
    expect(sample.metric).to.include({ __name__: 'temperature_celsius', room: 'kitchen', job: 'rooms' })
    expect(sample.value).to.equal(21.5)
    expect(await prometheus.query('max(temperature_celsius)')).to.deep.equal([{ metric: {}, value: Infinity }])
    expect(await prometheus.query('scalar(count(temperature_celsius))')).to.deep.equal([{ metric: {}, value: 2 }])
  })

  it('evaluates rules', async () => {
    const found = async () => (await prometheus.alerts()).find(({ labels }) => labels['room'] === 'kitchen')
    const alert = await until(found, { what: 'the alert', withinMs: 30_000 })
    expect(alert).to.deep.include({ state: 'pending' })
    expect(alert.labels).to.include({ alertname: 'TooWarm', severity: 'warning' })
  })

  it('says in its own words what it cannot answer', async () => {
    const refused = await prometheus.query('temperature_celsius{').catch((error: unknown) => error)
    expect(refused).to.include({ code: 'request_failed' })
    expect(String(refused)).to.match(/parse error: unexpected end of input/)
  })

  it('is gone after its stop', async () => {
    const other = await startPrometheus({ scrape: [] })
    await other.stop()
    expect(await answersOk(`${other.url}/-/ready`)).to.equal(false)
  })

  it('answers those alone who have the password when it has a guard', async () => {
    const guard = createGuard(Date.now())
    await using other = await startPrometheus({ scrape: [], guard })
    expect(await other.query('vector(1)')).to.deep.equal([{ metric: {}, value: 1 }])
    expect(await answersOk(`${other.url}/-/ready`, guard.ca)).to.equal(false)
  })

  it('shows the end of its log when it does not accept what it is given', async () => {
    const refused = await startPrometheus({ scrape: [{ job_name: 'a', interval: 1 }] }).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'component_failed' })
    expect(String(refused)).to.include('field interval not found')
  })

  it('has a promtool of the same release', async () => {
    const { stdout } = await promtool(['--version'])
    const { version } = (await prometheus.get('status/buildinfo')) as { readonly version: string }
    expect(stdout).to.include(`promtool, version ${version} `)
  })

  it('says what to do on a machine that has neither Prometheus nor apt', async () => {
    const env = { XDG_CACHE_HOME: folder, PATH: folder }
    const refused = await resolvePrometheus({ env, progress: { isTTY: false, write: () => {} } }).catch(
      (error: unknown) => error,
    )
    expect(refused).to.include({ code: 'tool_missing' })
    expect(String(refused)).to.match(/install it .* so that prometheus and promtool are on PATH/)
  })
})
