import { expect } from 'chai'
import { Webhook } from 'standardwebhooks'
import type { WebhookSpec } from '../../../operator/api/rollout-plan.ts'
import type { Look } from '../../../operator/evaluator/source.ts'
import { type WebhookSourceOptions, webhookSource } from '../../../operator/evaluator/webhook/webhook.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { type Answer, blackhole, inTurn, json, startFaultServer, status, text } from '../../kube/fault-server.ts'
import { webhookSubject } from '../build.ts'
import { NEVER, THIS_MACHINE } from '../outbound/corpus.ts'
import { type Secrets, secretReader } from '../secrets.ts'
import { SIGNING_KEY, TRUST, broken, says, servingIdentity } from './receiver.ts'

const clock = systemClock()
const now = clock.now()
const forEver = new AbortController().signal
const identity = servingIdentity()
const known: Secrets = { s: { data: TRUST } }

type Options = Partial<WebhookSourceOptions> & { readonly secrets?: Secrets }

async function look(webhook: Partial<WebhookSpec>, { secrets = known, ...options }: Options = {}): Promise<Look> {
  const credentials = secretReader(secrets, clock)
  const source = webhookSource({ credentials, clock, loopback: true, random: () => 0, ...options })
  try {
    return await source.look(webhookSubject(webhook), now, forEver)
  } finally {
    await source.close()
  }
}

const troubleOf = async (...args: Parameters<typeof look>) => (await look(...args)).reading.trouble ?? ''
const receiver = (answer: Answer) => startFaultServer(answer, identity)

describe('a look at a webhook', () => {
  it('posts a signed question, and takes the verdict', async () => {
    await using server = await receiver(says('passed', '40 checks'))
    const { reading } = await look({ address: `${server.url.origin}/checks` })
    expect(reading).to.deep.equal({ at: now, verdict: 'good', value: 'passed', said: '40 checks' })
    const [seen] = server.seen
    expect(seen).to.include({ method: 'POST', url: '/checks' })
    expect(seen?.headers).to.include({ 'content-type': 'application/json' })
    const headers = Object.fromEntries(Object.entries(seen?.headers ?? {}).map(([key, value]) => [key, String(value)]))
    expect(new Webhook(SIGNING_KEY).verify(seen?.body ?? '', headers)).to.deep.equal({
      evaluation: `uid/canary/smoke/${now}`,
      namespace: 'fleet',
      plan: 'agent',
      stage: 'canary',
      gate: 'smoke',
      release: '1.4.2',
      artifactRef: 'oci.example/agent:1.4.2',
      openedAt: '2026-03-18T08:00:00Z',
      settledAt: null,
      reportBy: null,
      nodes: ['n1', 'n2'],
      nodeCount: 2,
    })
    expect(headers['webhook-id']).to.equal(`uid/canary/smoke/${now}`)
    expect(server.seen[0]?.body).not.to.include(SIGNING_KEY)
    expect(JSON.stringify(headers)).not.to.include(SIGNING_KEY)
  })

  it('names a thousand nodes, and counts the others', async () => {
    await using server = await receiver(says('passed'))
    const nodes = Array.from({ length: 10_000 }, (_, index) => `node-${index}`)
    const source = webhookSource({ credentials: secretReader(known, clock), clock, loopback: true })
    const settledAt = Date.UTC(2026, 2, 18, 9)
    await source.look(webhookSubject({ address: server.url.origin }, { nodes, settledAt }), now, forEver)
    await source.close()
    const body: unknown = JSON.parse(server.seen[0]?.body ?? '')
    expect(body).to.include({ nodeCount: 10_000, settledAt: '2026-03-18T09:00:00Z' })
    expect(body).to.have.property('nodes').with.lengthOf(1_000)
  })

  it('shows a token beside the signature', async () => {
    await using server = await receiver(says('failed', '3 of 40 checks are red'))
    const secrets = { s: { data: { ...TRUST, token: 'right' } } }
    const { reading } = await look({ address: server.url.origin }, { secrets })
    expect(reading).to.include({ verdict: 'bad', value: 'failed', said: '3 of 40 checks are red' })
    expect(server.seen[0]?.headers.authorization).to.equal('Bearer right')
  })

  it('takes a service that does not know yet for one that teaches nothing', async () => {
    await using server = await receiver(says('unknown', 'tests are running'))
    expect((await look({ address: server.url.origin })).reading).to.include({
      verdict: 'unknown',
      trouble: 'tests are running',
    })
  })

  for (const [what, answer, why, times] of [
    ['hangs', blackhole, /^no answer within 2 s$/, 1],
    ['breaks every connection', broken, /^the connection broke$/, 3],
    ['is in trouble', status(503, 'x'), /^server error \(503\)$/, 3],
    ['is asked too often', status(429, 'x', { 'retry-after': '7' }), /^asked too often/, 1],
    ['answers garbage', text(200, 'root:x:0:0:'), /not of type application\/json/, 1],
    ['answers with a page', text(200, '<html>', { 'content-type': 'text/html' }), /not of type application\/json/, 1],
    ['sends no end of an answer', json(200, { state: 'passed', detail: 'x'.repeat(20_000) }), /longer than 16 KiB$/, 1],
    ['will answer later', json(202, { state: 'passed' }), /^answered 202/, 1],
  ] as const)
    it(`knows nothing when the server ${what}, and says so`, async () => {
      await using server = await receiver(answer)
      const { reading } = await look({ address: server.url.origin, timeoutSeconds: 2 })
      expect(reading.verdict).to.equal('unknown')
      expect(reading.trouble).to.match(why)
      expect(server.seen).to.have.lengthOf(times)
    })

  it('waits for a slow answer as long as it may', async () => {
    await using server = await receiver((request, response, socket) => {
      clock.timer(300, () => says('passed')(request, response, socket))
    })
    expect((await look({ address: server.url.origin })).reading.verdict).to.equal('good')
  })

  it('tells that it had no answer in time, and gives the patience on that it was asked for', async () => {
    await using server = await receiver(blackhole)
    expect((await look({ address: server.url.origin })).timedOut).to.equal(true)
    server.answer(status(429, 'x', { 'retry-after': '7' }))
    expect((await look({ address: server.url.origin })).retryAfterMs).to.equal(7_000)
  })

  it('knows nothing when nobody is there, after it has tried again', async () => {
    const server = await receiver(blackhole)
    await server[Symbol.asyncDispose]()
    let tried = 0
    const random = () => {
      tried += 1
      return 0
    }
    expect(await troubleOf({ address: server.url.origin, timeoutSeconds: 2 }, { random })).to.equal(
      'connection refused',
    )
    expect(tried).to.equal(3)
  })

  describe('sends its question again', () => {
    for (const [what, fault] of [
      ['a broken connection', broken],
      ['429', status(429, 'x')],
      ['503', status(503, 'x')],
      ['503 with Retry-After', status(503, 'x', { 'retry-after': '1' })],
    ] as const)
      it(`after ${what}, as the same evaluation`, async () => {
        await using server = await receiver(inTurn(fault, says('passed')))
        expect((await look({ address: server.url.origin, timeoutSeconds: 5 })).reading.verdict).to.equal('good')
        expect(server.seen).to.have.lengthOf(2)
        expect(new Set(server.seen.map(({ headers }) => headers['webhook-id'])).size).to.equal(1)
        expect(new Set(server.seen.map(({ body }) => body)).size).to.equal(1)
      })

    it('no more than twice', async () => {
      await using server = await receiver(status(500, 'x'))
      await look({ address: server.url.origin, timeoutSeconds: 5 })
      expect(server.seen).to.have.lengthOf(3)
    })

    it('never after an answer that is clear', async () => {
      for (const answer of [says('failed'), status(400, 'x'), status(404, 'x')]) {
        await using server = await receiver(answer)
        await look({ address: server.url.origin, timeoutSeconds: 5 })
        expect(server.seen).to.have.lengthOf(1)
      }
    })

    it('not once it is no longer asked for', async () => {
      const stop = new AbortController()
      await using server = await receiver((request, response, socket) => {
        status(503, 'x')(request, response, socket)
        response.on('close', () => stop.abort(new Error('no longer asked for')))
      })
      const source = webhookSource({ credentials: secretReader(known, clock), clock, loopback: true })
      const subject = webhookSubject({ address: server.url.origin, timeoutSeconds: 60 })
      const ended = await source.look(subject, now, stop.signal).catch((error: unknown) => error)
      expect(String(ended)).to.include('no longer asked for')
      expect(server.seen).to.have.lengthOf(1)
      await source.close()
    })
  })

  it('reads the Secret anew when its key was refused', async () => {
    const secrets: { s: { data: object } } = { s: { data: { ...TRUST, token: 'wrong' } } }
    await using server = await receiver((request, response, socket) =>
      (request.headers.authorization === 'Bearer right' ? says('passed') : status(401, 'x'))(request, response, socket),
    )
    const source = webhookSource({ credentials: secretReader(secrets, clock), clock, loopback: true })
    const ask = async () => (await source.look(webhookSubject({ address: server.url.origin }), now, forEver)).reading
    expect((await ask()).trouble).to.include('access denied (401)')
    secrets.s = { data: { ...TRUST, token: 'right' } }
    expect((await ask()).verdict).to.equal('good')
    await source.close()
  })

  for (const [what, secret, why] of [
    ['is missing', 404, 'there is no Secret s in namespace fleet'],
    ['may not be read', 403, 'gates.secretNamespaces'],
    ['is of another type', { type: 'Opaque' }, 'is not of type'],
    ['names another host', { hosts: 'checks.example' }, 'is not for 127.0.0.1'],
    ['has no key', { data: { token: 'right' } }, 'has no signing-key'],
    ['has a key that is none', { data: { 'signing-key': 'password' } }, 'has no signing-key'],
  ] as const)
    it(`asks nobody when the Secret ${what}`, async () => {
      await using server = await receiver(says('passed'))
      expect(await troubleOf({ address: server.url.origin }, { secrets: { s: secret } })).to.include(why)
      expect(server.seen).to.deep.equal([])
    })

  it('asks nobody it does not trust', async () => {
    for (const [tls, secret, why] of [
      [identity, { 'signing-key': SIGNING_KEY }, 'its certificate is not trusted'],
      [servingIdentity(['127.0.0.1'], 60_000, now - 86_400_000), TRUST, 'its certificate has expired'],
      [servingIdentity(['other.example']), TRUST, 'its certificate is for another name'],
    ] as const) {
      await using server = await startFaultServer(says('passed'), tls)
      expect(await troubleOf({ address: server.url.origin }, { secrets: { s: { data: secret } } })).to.include(why)
      expect(server.seen).to.deep.equal([])
    }
  })

  it('asks nobody who does not speak TLS', async () => {
    await using server = await startFaultServer(says('passed'))
    expect((await look({ address: `https://127.0.0.1:${server.url.port}` })).reading.verdict).to.equal('unknown')
    expect(server.seen).to.deep.equal([])
  })

  describe('where it may not go', () => {
    const anywhere = (host: string): Options => ({ secrets: { s: { data: TRUST, hosts: host } }, loopback: false })

    it('follows no redirect', async () => {
      await using target = await receiver(says('passed'))
      for (const code of [301, 302, 303, 307, 308]) {
        await using server = await receiver(status(code, 'x', { location: target.url.href }))
        expect(await troubleOf({ address: server.url.origin })).to.include(`redirected (${code})`)
      }
      expect(target.seen).to.deep.equal([])
    })

    for (const host of THIS_MACHINE)
      it(`does not reach this machine as ${host}`, async () => {
        await using server = await receiver(says('passed'))
        const address = `https://${host}:${server.url.port}`
        expect(await troubleOf({ address }, anywhere(new URL(address).hostname.replace(/\.$/, '')))).to.match(
          /which no gate may ask|no such host/,
        )
        expect(server.connections()).to.equal(0)
      })

    for (const host of NEVER)
      it(`does not ask ${host}, on a developer's machine either`, async () => {
        const options = { ...anywhere(host), loopback: true }
        expect(await troubleOf({ address: `https://${host}` }, options)).to.include('which no gate may ask')
      })

    it('asks only hosts that the operator was told', async () => {
      await using server = await receiver(says('passed'))
      expect(await troubleOf({ address: server.url.origin }, { hosts: ['checks.example'] })).to.include('--gate-hosts')
      expect(server.seen).to.deep.equal([])
    })
  })

  it('asks a Service by its name in the cluster', () => {
    const source = webhookSource({ credentials: secretReader(known, clock), clock })
    const service = { name: 'checks', port: 8443, path: '/rollouts' }
    expect(source.destination(webhookSubject({ service }))).to.equal('checks.fleet.svc:8443')
    const elsewhere = { ...service, namespace: 'qa', port: 443 }
    expect(source.destination(webhookSubject({ service: elsewhere }))).to.equal('checks.qa.svc')
    return source.close()
  })
})
