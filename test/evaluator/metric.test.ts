import { expect } from 'chai'
import { CREDENTIALS_TYPE } from '../../operator/api/names.ts'
import { type MetricSourceOptions, metricSource } from '../../operator/evaluator/metric.ts'
import type { Look } from '../../operator/evaluator/source.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createAuthority, issue } from '../cluster/certificate.ts'
import { type Answer, blackhole, json, reset, startFaultServer, status, text } from '../kube/fault-server.ts'
import { subject } from './build.ts'
import { NEVER, THIS_MACHINE } from './outbound/corpus.ts'
import { type Secrets, secretReader } from './secrets.ts'

const clock = systemClock()
const now = clock.now()
const forEver = new AbortController().signal

const number = (value: string): Answer =>
  json(200, { status: 'success', data: { resultType: 'scalar', result: [clock.now() / 1000, value] } })

type Parts = Parameters<typeof subject>[0]['provider'] & { readonly query?: string }

const reader = (secrets: Secrets) => secretReader(secrets, clock)

async function look(provider: Parts, options: Partial<MetricSourceOptions> = {}, secrets: Secrets = {}): Promise<Look> {
  const { query = 'errors', ...rest } = provider
  const source = metricSource({ credentials: reader(secrets), clock, loopback: true, ...options })
  try {
    return await source.look(subject({ provider: rest, query }), now, forEver)
  } finally {
    await source.close()
  }
}

const troubleOf = async (...args: Parameters<typeof look>) => (await look(...args)).reading.trouble ?? ''

describe('a look at a Prometheus', () => {
  it('posts the query as a form, below the path of its address', async () => {
    await using server = await startFaultServer(number('0.02'))
    const { reading } = await look({ address: `${server.url.origin}/prom/`, query: 'errors{node=~"{{nodes}}"}' })
    expect(reading).to.include({ verdict: 'good', value: '0.02', threshold: '< 0.05' })
    const [seen] = server.seen
    expect(seen).to.include({ method: 'POST', url: '/prom/api/v1/query' })
    expect(new URLSearchParams(seen?.body).get('query')).to.equal('errors{node=~"n1[.]example|n2"}')
  })

  for (const [what, answer, says] of [
    ['hangs', blackhole, /^no answer within 1 s$/],
    ['breaks the connection', reset, /^the connection broke$/],
    ['is in trouble', status(503, 'x'), /^server error \(503\)/],
    ['is asked too often', status(429, 'x'), /^asked too often/],
    ['answers garbage', text(200, '<html>'), /none of a Prometheus API/],
    ['sends no end of an answer', text(200, 'x'.repeat(300_000)), /^the answer is longer than 256 KiB$/],
  ] as const)
    it(`knows nothing when the server ${what}, and says so`, async () => {
      await using server = await startFaultServer(answer)
      const { reading } = await look({ address: server.url.origin })
      expect(reading.verdict).to.equal('unknown')
      expect(reading.trouble).to.match(says)
    })

  it('is asked by its Service, beside the plan unless it says where', async () => {
    const source = metricSource({ credentials: reader({}), clock })
    const service = { name: 'prometheus', port: 9090, scheme: 'http' } as const
    const elsewhere = { ...service, namespace: 'monitoring', scheme: 'https' } as const
    expect(source.destination(subject({ provider: { service } }))).to.equal('prometheus.fleet.svc:9090')
    expect(source.destination(subject({ provider: { service: elsewhere } }))).to.equal('prometheus.monitoring.svc:9090')
    await source.close()
  })

  it('tells that it had no answer in time', async () => {
    await using server = await startFaultServer(blackhole)
    expect((await look({ address: server.url.origin })).timedOut).to.equal(true)
  })

  it('knows nothing when nobody is there', async () => {
    const server = await startFaultServer(blackhole)
    await server[Symbol.asyncDispose]()
    expect(await troubleOf({ address: server.url.origin })).to.equal('connection refused')
  })

  it('gives the patience on that it was asked for', async () => {
    await using server = await startFaultServer(status(429, 'x', { 'retry-after': '7' }))
    expect((await look({ address: server.url.origin })).retryAfterMs).to.equal(7_000)
  })

  it('ends with what asked for it', async () => {
    await using server = await startFaultServer(blackhole)
    const stop = new AbortController()
    const source = metricSource({ credentials: reader({}), clock, loopback: true })
    const ended = source.look(subject({ provider: { address: server.url.origin } }), now, stop.signal)
    stop.abort(new Error('no longer asked for'))
    expect(String(await ended.catch((error: unknown) => error))).to.include('no longer asked for')
    await source.close()
  })

  it('follows no redirect', async () => {
    await using target = await startFaultServer(number('0'))
    for (const code of [301, 302, 307, 308]) {
      await using server = await startFaultServer(status(code, 'x', { location: target.url.href }))
      expect(await troubleOf({ address: server.url.origin })).to.include(`redirected (${code})`)
    }
    expect(target.seen).to.deep.equal([])
  })

  describe('with credentials', () => {
    const authority = createAuthority('ca', now)
    const serving = issue(
      authority,
      { subject: { commonName: 's' }, use: { kind: 'server', names: ['127.0.0.1'] } },
      now,
    )
    const client = issue(authority, { subject: { commonName: 'operator' }, use: { kind: 'client' } }, now)
    const tls = { key: serving.keyPem, cert: serving.certificatePem }
    const ca = { 'ca.crt': authority.certificatePem }
    const guarded: Answer = (request, response, socket) =>
      (request.headers.authorization === 'Bearer right' ? number('0') : status(401, 'x'))(request, response, socket)
    const at = (url: URL) => ({ address: url.origin, credentialsSecret: 's' })

    it('shows a token, or a name and password', async () => {
      await using server = await startFaultServer(number('0'), tls)
      await look(at(server.url), {}, { s: { data: { ...ca, token: 'right\n' } } })
      await look(at(server.url), {}, { s: { data: { ...ca, username: 'ann', password: 'b:c' } } })
      const basic = `Basic ${Buffer.from('ann:b:c').toString('base64')}`
      expect(server.seen.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer right', basic])
    })

    it('shows a certificate', async () => {
      const strict = { ...tls, ca: authority.certificatePem, requestCert: true, rejectUnauthorized: true }
      await using server = await startFaultServer(number('0'), strict)
      const pair = { 'tls.crt': client.certificatePem, 'tls.key': client.keyPem }
      expect((await look(at(server.url), {}, { s: { data: { ...ca, ...pair } } })).reading.verdict).to.equal('good')
      expect((await look(at(server.url), {}, { s: { data: ca } })).reading.verdict).to.equal('unknown')
    })

    it('knows nothing when they are wrong, and reads them anew', async () => {
      await using server = await startFaultServer(guarded, tls)
      const secrets: { s: { data: object } } = { s: { data: { ...ca, token: 'wrong' } } }
      const source = metricSource({ credentials: reader(secrets), clock, loopback: true })
      const ask = async () => (await source.look(subject({ provider: at(server.url) }), now, forEver)).reading
      expect((await ask()).trouble).to.include('access denied (401)')
      secrets.s = { data: { ...ca, token: 'right' } }
      expect((await ask()).verdict).to.equal('good')
      await source.close()
    })

    for (const [what, secret, says] of [
      ['is missing', 404, 'there is no Secret s in namespace fleet'],
      ['may not be read', 403, 'gates.secretNamespaces'],
      ['is of another type', { type: 'Opaque' }, `not of type ${CREDENTIALS_TYPE}`],
      ['names no host', { hosts: '' }, 'is not for 127.0.0.1'],
      ['names another host', { hosts: 'prometheus.example, *.127.0.0.1' }, 'is not for 127.0.0.1'],
      ['has a token of two lines', { data: { token: 'a\r\nx: y' } }, 'characters that no token has'],
    ] as const)
      it(`asks nobody when the Secret ${what}`, async () => {
        await using server = await startFaultServer(number('0'), tls)
        expect(await troubleOf(at(server.url), {}, { s: secret })).to.include(says)
        expect(server.seen).to.deep.equal([])
      })

    it('asks nobody it does not trust', async () => {
      const old = issue(
        authority,
        { subject: { commonName: 's' }, use: { kind: 'server', names: ['127.0.0.1'] }, validForMs: 60_000 },
        now - 86_400_000,
      )
      const elsewhere = issue(
        authority,
        { subject: { commonName: 's' }, use: { kind: 'server', names: ['other.example'] } },
        now,
      )
      for (const [identity, secret, says] of [
        [serving, { data: {} }, 'its certificate is not trusted'],
        [old, { data: ca }, 'its certificate has expired'],
        [elsewhere, { data: ca }, 'its certificate is for another name'],
      ] as const) {
        await using server = await startFaultServer(number('0'), {
          key: identity.keyPem,
          cert: identity.certificatePem,
        })
        expect(await troubleOf(at(server.url), {}, { s: secret })).to.include(says)
        expect(server.seen).to.deep.equal([])
      }
    })
  })

  describe('where it may not go', () => {
    for (const host of THIS_MACHINE)
      it(`does not reach this machine as ${host}`, async () => {
        await using server = await startFaultServer(number('0'))
        const trouble = await troubleOf({ address: `http://${host}:${server.url.port}` }, { loopback: false })
        expect(trouble).to.match(/which no gate may ask|no such host/)
        expect(server.seen).to.deep.equal([])
        expect(server.connections()).to.equal(0)
      })

    for (const host of NEVER)
      it(`does not ask ${host}, on a developer's machine either`, async () => {
        expect(await troubleOf({ address: `http://${host}` })).to.include('which no gate may ask')
      })

    it('asks only hosts that the operator was told', async () => {
      await using server = await startFaultServer(number('0'))
      const address = server.url.origin
      expect(await troubleOf({ address }, { hosts: ['prometheus.example'] })).to.include('--gate-hosts')
      expect(server.seen).to.deep.equal([])
      expect((await look({ address }, { hosts: ['127.0.0.1'] })).reading.verdict).to.equal('good')
    })
  })
})
