import { expect } from 'chai'
import type { TLSSocket } from 'node:tls'
import { createTransport } from '../../operator/kube/transport.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createAuthority, issue } from '../cluster/certificate.ts'
import { until } from '../cluster/wait.ts'
import { fakeConfig, startFaultServer } from './fault-server.ts'
import type { Answer } from './fault-server.ts'

const now = systemClock().now()
const signal = new AbortController().signal
const authority = createAuthority('ca', now)
const stranger = createAuthority('another ca', now)
const serving = issue(
  authority,
  { subject: { commonName: 'server' }, use: { kind: 'server', names: ['127.0.0.1'] } },
  now,
)
const alice = issue(authority, { subject: { commonName: 'alice' }, use: { kind: 'client' } }, now)
const bob = issue(authority, { subject: { commonName: 'bob' }, use: { kind: 'client' } }, now)

const tlsOptions = {
  key: serving.keyPem,
  cert: serving.certificatePem,
  ca: authority.certificatePem,
  requestCert: true,
  rejectUnauthorized: false,
}

/** Answers with the common name of the caller's certificate. */
const whoami: Answer = (_, response, socket) => {
  const { subject } = (socket as TLSSocket).getPeerCertificate()
  response.end(JSON.stringify({ user: subject?.CN ?? 'nobody' }))
}

const trusted = { ca: authority.certificatePem }
const as = (who: typeof alice) => ({ ...trusted, cert: who.certificatePem, key: who.keyPem })

async function ask(use: Partial<Parameters<typeof fakeConfig>[1]>): Promise<unknown> {
  await using server = await startFaultServer(whoami, tlsOptions)
  const transport = createTransport({ config: fakeConfig(server.url, use), clock: systemClock() })
  const outcome = await transport.request({ method: 'GET', path: '/', signal }).catch((error: unknown) => error)
  await transport.close()
  return outcome
}

describe('transport over TLS', () => {
  it('trusts the cluster authority', async () => {
    expect(await ask({ tls: trusted, tlsKey: 'a' })).to.deep.equal({ user: 'nobody' })
  })

  it('presents a client certificate', async () => {
    expect(await ask({ tls: as(alice), tlsKey: 'a' })).to.deep.equal({ user: 'alice' })
  })

  for (const [title, tls] of [
    ['of another authority', { ca: stranger.certificatePem }],
    ['of an authority nobody named', {}],
    ['for another name', { ...trusted, servername: 'other.example' }],
  ] as const) {
    it(`refuses a server certificate ${title}, and says that it is TLS`, async () => {
      expect(await ask({ tls, tlsKey: 'a' })).to.include({ name: 'TransportError', code: 'tls' })
    })
  }

  it('speaks HTTP/1.1 to a server that would rather speak HTTP/2', async () => {
    const protocol: Answer = (_, response, socket) => response.end(JSON.stringify((socket as TLSSocket).alpnProtocol))
    await using server = await startFaultServer(protocol, { ...tlsOptions, ALPNProtocols: ['h2', 'http/1.1'] })
    const transport = createTransport({
      config: fakeConfig(server.url, { tls: trusted, tlsKey: 'a' }),
      clock: systemClock(),
    })
    const outcome = await transport.request({ method: 'GET', path: '/', signal, timeoutMs: 2_000 })
    await transport.close()
    expect(outcome).to.be.oneOf(['http/1.1', false])
  })

  it('verifies the certificate against the configured server name', async () => {
    const named = issue(
      authority,
      { subject: { commonName: 's' }, use: { kind: 'server', names: ['api.example'] } },
      now,
    )
    await using server = await startFaultServer(whoami, {
      ...tlsOptions,
      key: named.keyPem,
      cert: named.certificatePem,
    })
    const config = fakeConfig(server.url, { tls: { ...trusted, servername: 'api.example' }, tlsKey: 'a' })
    const transport = createTransport({ config, clock: systemClock() })
    expect(await transport.request({ method: 'GET', path: '/', signal })).to.deep.equal({ user: 'nobody' })
    await transport.close()
  })

  it('keeps its connections while the TLS material stays the same, whatever becomes of the token', async () => {
    await using server = await startFaultServer(whoami, tlsOptions)
    const config = fakeConfig(server.url, { tls: as(alice), tlsKey: 'alice' })
    const transport = createTransport({ config, clock: systemClock(), maxRequests: 1 })
    for (const token of ['one', 'two', 'three']) {
      config.use({ headers: { authorization: token } })
      await transport.request({ method: 'GET', path: '/', signal })
    }
    await transport.close()
    expect(server.connections()).to.equal(1)
  })

  it('leaves its connections when a client certificate is rotated, but not what is in flight on them', async () => {
    let release = () => {}
    const holdFirst: Answer = (request, response, socket) => {
      if (request.url === '/held') release = () => whoami(request, response, socket)
      else whoami(request, response, socket)
    }
    await using server = await startFaultServer(holdFirst, tlsOptions)
    const config = fakeConfig(server.url, { tls: as(alice), tlsKey: 'alice' })
    const transport = createTransport({ config, clock: systemClock() })
    const held = transport.request({ method: 'GET', path: '/held', signal })
    await until(() => server.seen.length === 1, { what: 'the held request', withinMs: 2_000, everyMs: 5 })
    config.use({ tls: as(bob), tlsKey: 'bob' })
    expect(await transport.request({ method: 'GET', path: '/', signal })).to.deep.equal({ user: 'bob' })
    release()
    expect(await held).to.deep.equal({ user: 'alice' })
    await until(() => server.open() === 1, { what: 'the old connection to be closed', withinMs: 2_000, everyMs: 5 })
    await transport.close()
  })
})
