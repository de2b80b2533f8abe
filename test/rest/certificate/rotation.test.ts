import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { type Bundle, dueAt, isUsable, isValidFor, lifeOf, trusted } from '../../../operator/rest/certificate/bundle.ts'
import { issueAuthority, issueServing } from '../../../operator/rest/certificate/issue.ts'
import { type Step, nextStep, takeStep } from '../../../operator/rest/certificate/rotation.ts'

const DAY = 86_400_000
const NAMES = ['autonomy-rollouts.ops.svc', 'localhost', '127.0.0.1', '::1']
/** Real time: the TLS library below knows no other. Lives are long enough that the present lies in them. */
const NOW = Date.now()
const LIVES = { authorityMs: 300 * DAY, servingMs: 90 * DAY, overlapMs: 600_000 }

async function fresh(now = NOW): Promise<Bundle> {
  return await takeStep('create', undefined, NAMES, now, LIVES)
}

/** Takes steps until there is nothing to do at that time; says which. */
async function settle(bundle: Bundle, now: number): Promise<{ bundle: Bundle; steps: string[] }> {
  const steps: string[] = []
  for (let current = bundle; ;) {
    const step: Step = nextStep(current, NAMES, now, LIVES)
    if (step.kind === 'rest') return { bundle: current, steps }
    steps.push(step.kind)
    current = await takeStep(step.kind, current, NAMES, now, LIVES)
  }
}

describe('serving certificate', function () {
  this.timeout(30_000)

  it('is valid for every name of the service, and for no other', async () => {
    const { serving } = await fresh()
    expect(isUsable(serving)).to.equal(true)
    for (const name of NAMES) expect(isValidFor(serving.cert, [name]), name).to.equal(true)
    for (const name of ['other.ops.svc', 'autonomy-rollouts.lab.svc', '10.0.0.1'])
      expect(isValidFor(serving.cert, [name]), name).to.equal(false)
  })

  it('is no authority, and lives as long as was said', async () => {
    const authority = await issueAuthority('test', NOW, DAY)
    const leaf = await issueServing(authority, NAMES, NOW, 1_000_000)
    expect(lifeOf(leaf.cert).to - NOW).to.be.within(999_000, 1_000_000)
    expect(lifeOf(leaf.cert).from).to.be.lessThan(NOW)
    expect(dueAt(leaf.cert)).to.be.within(NOW + 600_000, NOW + 700_000)
  })

  it('is made when there is none, when its key does not fit, and when its authority has expired', async () => {
    const bundle = await fresh()
    const other = await fresh()
    expect(nextStep(undefined, NAMES, NOW, LIVES).kind).to.equal('create')
    expect(
      nextStep({ ...bundle, authority: { ...bundle.authority, key: other.authority.key } }, NAMES, NOW, LIVES).kind,
    ).to.equal('create')
    expect(nextStep({ ...bundle, authority: { cert: 'x', key: 'y' } }, NAMES, NOW, LIVES).kind).to.equal('create')
    expect(nextStep(bundle, NAMES, NOW + 301 * DAY, LIVES).kind).to.equal('create')
  })

  it('is renewed by the same authority: in time, for other names, or when it cannot be used', async () => {
    const bundle = await fresh()
    const other = await fresh()
    expect(nextStep(bundle, NAMES, NOW + 59 * DAY, LIVES).kind).to.equal('rest')
    expect(nextStep(bundle, NAMES, NOW + 61 * DAY, LIVES).kind).to.equal('renew')
    expect(nextStep(bundle, [...NAMES, 'new.ops.svc'], NOW, LIVES).kind).to.equal('renew')
    expect(nextStep({ ...bundle, serving: { cert: '', key: '' } }, NAMES, NOW, LIVES).kind).to.equal('renew')
    expect(nextStep({ ...bundle, serving: other.serving }, NAMES, NOW, LIVES).kind).to.equal('renew')
    const renewed = await takeStep('renew', bundle, NAMES, NOW + 61 * DAY, LIVES)
    expect(renewed.authority).to.equal(bundle.authority)
    expect(renewed.serving.cert).to.not.equal(bundle.serving.cert)
  })

  it('gets another authority in three steps, of which none changes what is trusted and what is served', async () => {
    const start = (await settle(await fresh(), NOW)).bundle
    const due = NOW + 200 * DAY + 1
    const renewed = await settle(start, NOW + 199 * DAY)
    expect(renewed.steps).to.deep.equal(['renew'])
    const published = await settle(renewed.bundle, due)
    expect(published.steps).to.deep.equal(['publish'])
    expect(published.bundle.serving).to.equal(renewed.bundle.serving)
    expect((await settle(published.bundle, due + LIVES.overlapMs - 1)).steps).to.deep.equal([])
    const switched = await settle(published.bundle, due + LIVES.overlapMs)
    expect(switched.steps).to.deep.equal(['switch'])
    expect(switched.bundle.former).to.deep.equal([start.authority.cert])
    expect(new Set(trusted(switched.bundle).split('-----BEGIN'))).to.deep.equal(
      new Set(trusted(published.bundle).split('-----BEGIN')),
    )
    const dropped = await settle(switched.bundle, NOW + 301 * DAY)
    expect(dropped.steps).to.include('drop')
    expect(dropped.bundle.former).to.deep.equal([])
  })

  it('is verified by who has the trust of before or of now, through 50 changes', async () => {
    let bundle = await fresh()
    let server = await listening(bundle)
    let changes = 0
    try {
      for (let time = NOW; changes < 50; time += LIVES.overlapMs) {
        const kind = (['publish', 'switch', 'renew'] as const)[changes % 3]!
        const before = trusted(bundle)
        bundle = await takeStep(kind, bundle, NAMES, NOW, { ...LIVES, overlapMs: 0 })
        server.setSecureContext({ cert: bundle.serving.cert, key: bundle.serving.key })
        changes += 1
        for (const ca of [before, trusted(bundle)])
          expect(await authorized(server, ca), `${kind}, change ${changes}`).to.equal(true)
      }
      expect(await authorized(server, (await fresh()).authority.cert)).to.equal(false)
    } finally {
      server.close()
    }
  })
})

async function listening({ serving }: Bundle): Promise<Server> {
  const server = createServer({ cert: serving.cert, key: serving.key }, (_, response) => response.end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function authorized(server: Server, ca: string): Promise<boolean> {
  const { port } = server.address() as AddressInfo
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ port, host: '127.0.0.1', ca, servername: NAMES[0]!, rejectUnauthorized: false }, () =>
    resolve(socket.authorized),
  )
  socket.once('error', () => resolve(false))
  const verified = await promise
  socket.destroy()
  return verified
}
