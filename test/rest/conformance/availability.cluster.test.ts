import { expect } from 'chai'
import { before } from 'mocha'
import { until } from '../../cluster/wait.ts'
import type { Answer, Caller } from '../door.ts'
import { FLEET, type Replica, withGround } from '../ground.ts'
import { becomes, discovered } from './api-service.ts'
import { auditLog } from './audit-log.ts'
import { failuresOf, startLoad } from './load.ts'
import { createPlans, phasesIn, plansIn, recoveriesIn } from './plan.ts'
import { BEHIND, follower, killAll, leader, running, startOpen, whileFrozen } from './replicas.ts'

const SOON = { withinMs: 30_000, everyMs: 50 } as const

/** Replicas that freeze and die, as callers and the rest of the cluster see it through kube-apiserver. */
describe('replicas behind the API server', function () {
  this.timeout(120_000)
  const ground = withGround({ replicas: 2, nodes: 1 })
  let admin: Caller

  before(async () => {
    admin = await ground().aggregated('admin', ['system:masters'])
    await createPlans(ground(), FLEET, ['alpha'])
  })

  const ask = async (action: string, reason: string, query = '') =>
    await admin.call('POST', `/rollouts/alpha/${action}${query}`, { body: { reason } })

  /** The same until kube-apiserver reaches somebody, as the runbook says. */
  const insist = async (action: string, reason: string) =>
    await until(
      async () => {
        const answer = await ask(action, reason)
        return !isFromApiServer(answer) && answer
      },
      { what: 'somebody answers', ...SOON },
    )

  const made = async (reason: string) =>
    (await recoveriesIn(ground(), FLEET)).filter(({ spec }) => spec.reason === reason)

  for (const [who, pick] of [
    ['does not lead', follower],
    ['leads', leader],
  ] as const)
    it(`go on answering when the one that ${who} is killed, and a write takes effect once`, async () => {
      const victim = await pick(ground())
      const load = startLoad(
        Array.from({ length: 6 }, (_, index) => ({
          name: `reader ${index}`,
          ask: async () => await admin.call('GET', index % 2 === 0 ? '/rollouts' : '/rollouts/alpha'),
        })),
      )
      await until(() => load.outcomes.length > 50, { what: 'there is load', ...SOON })
      await victim.kill()
      const killedAt = performance.now()
      const reason = `when ${victim.name} was killed`
      for (const action of ['pause', 'resume']) expect((await insist(action, reason)).status).to.equal(200)
      const soFar = load.outcomes.length
      await until(() => load.outcomes.length > soFar + 100, { what: 'there was load for a while', ...SOON })
      await load.stop()
      expect(failuresOf(load.outcomes.filter(({ from }) => from > killedAt))).to.deep.equal([])
      expect((await made(reason)).map(({ spec }) => spec.strategy)).to.have.members(['pause', 'resume'])
      await startOpen(ground())
    })

  describe('of which one is at the door, and another leads', () => {
    let leading: Replica
    let door: Replica

    before(async () => {
      await killAll(ground())
      leading = await startOpen(ground(), BEHIND)
      expect(await leader(ground())).to.equal(leading)
      door = await startOpen(ground())
      await becomes(ground(), 'True')
    })

    it('lose the answer when the one at the door is killed after it wrote, and the repeat gets it', async () => {
      await whileFrozen(leading, async () => {
        const lost = ask('pause', 'whose answer is lost')
        await until(async () => (await made('whose answer is lost')).length > 0, { what: 'it is written', ...SOON })
        await door.kill()
        const { status, body } = await lost
        expect(status).to.equal(503)
        expect(body).to.match(/^error trying to reach service: /)
      })
      door = await startOpen(ground())
      const again = await insist('pause', 'whose answer is lost')
      expect(again.status, JSON.stringify(again.body)).to.equal(200)
      expect(again.headers['idempotent-replayed']).to.equal('true')
      expect(await made('whose answer is lost')).to.have.lengthOf(1)
      expect((await phasesIn(ground(), FLEET))['alpha']).to.equal('paused')
    })

    it('are given up on when the one at the door is frozen, come back, and did what was asked once at most', async () => {
      await whileFrozen(door, async () => {
        expect(await unanswered(admin.call('GET', '/rollouts?timeout=1s'))).to.be.oneOf(GIVEN_UP)
        expect(await unanswered(ask('resume', 'while it was frozen', '?timeout=1s'))).to.be.oneOf(GIVEN_UP)
        expect((await becomes(ground(), 'False')).reason).to.equal('FailedDiscoveryCheck')
        const refused = async () =>
          (await unanswered(admin.call('GET', '/rollouts?timeout=1s'))) === 'service unavailable'
        await until(refused, { what: 'kube-apiserver asks no more', ...SOON })
      })
      await becomes(ground(), 'True')
      expect((await made('while it was frozen')).length).to.be.at.most(1)
      expect((await insist('resume', 'while it was frozen')).status).to.equal(200)
      expect(await made('while it was frozen')).to.have.lengthOf(1)
      expect((await phasesIn(ground(), FLEET))['alpha']).to.equal('active')
      expect(running(ground())).to.have.members([leading, door])
    })

    it('let a namespace go with its plans and recoveries, and its deletion asks nothing of them', async () => {
      await ground().succeed(['create', 'namespace', 'leaving'])
      await createPlans(ground(), 'leaving', ['one', 'two'])
      const path = '/namespaces/leaving/rollouts/one/pause'
      expect((await admin.call('POST', path, { body: { reason: 'to leave' } })).status).to.equal(200)
      await ground().succeed(['delete', 'namespace', 'leaving', '--timeout=30s'])
      expect(await plansIn(ground(), 'leaving')).to.deep.equal([])
      expect((await admin.call('GET', '/namespaces/leaving/rollouts')).body).to.deep.include({ items: [] })
      const controllers = (await auditLog(ground()))
        .filter(({ objectRef }) => objectRef?.apiGroup === 'orchestrator.autonomyops.dev')
        .map(({ user }) => user.username)
        .filter(name => name.startsWith('system:'))
      expect([...new Set(controllers)]).to.deep.equal([])
    })

    it('hold up the deletion of every namespace when the door is shut, until it is open again', async () => {
      await ground().succeed(['create', 'namespace', 'held'])
      await createPlans(ground(), 'held', ['one'])
      await door.kill()
      expect(await unanswered(admin.call('GET', '/rollouts'))).to.match(
        /^error trying to reach service: dial tcp .*connection refused$/,
      )
      expect((await becomes(ground(), 'False')).reason).to.equal('FailedDiscoveryCheck')
      const stale = async () => (await discovered(admin))?.freshness === 'Stale'
      await until(stale, { what: 'discovery is stale', ...SOON })
      const { code, stderr } = await ground().kubectl(['get', 'rollouts', '-n', FLEET])
      expect(code).to.equal(1)
      // Which of them depends on whether this kubectl has seen discovery before.
      expect(stderr).to.match(/currently unable to handle the request|doesn't have a resource type "rollouts"/)
      expect((await ground().kubectl(['get', 'rolloutplans', '-n', FLEET])).code).to.equal(0)

      await ground().succeed(['delete', 'namespace', 'held', '--wait=false'])
      const condition = '{.status.conditions[?(@.type=="NamespaceDeletionDiscoveryFailure")].message}'
      const told = await until(
        async () => (await ground().succeed(['get', 'namespace', 'held', '-o', `jsonpath=${condition}`])) || undefined,
        { what: 'the deletion is held up', ...SOON },
      )
      expect(told).to.match(/stale GroupVersion discovery: orchestrator\.autonomyops\.dev\/v1/)
      expect(await plansIn(ground(), 'held'), 'its content is gone all the same').to.deep.equal([])

      door = await startOpen(ground())
      await becomes(ground(), 'True')
      const gone = async () => (await ground().kubectl(['get', 'namespace', 'held'])).code !== 0
      await until(gone, { what: 'the namespace is gone', withinMs: 60_000, everyMs: 200 })
      expect((await admin.call('GET', '/rollouts/alpha')).status).to.equal(200)
      expect((await discovered(admin))?.freshness).to.equal('Current')
    })
  })
})

/** What kube-apiserver says, in its own words, of a request that nobody answers; at times it only ends the connection. */
const GIVEN_UP = ['Timeout', 'error trying to reach service: context deadline exceeded', 'connection ended']

async function unanswered(answer: Promise<Answer>): Promise<string> {
  try {
    const { status, body } = await answer
    if (status !== 503 && status !== 504) return `answered with ${status}`
    return typeof body === 'string' ? body.trim() : (body as { readonly reason: string }).reason
  } catch {
    return 'connection ended'
  }
}

/** kube-apiserver answers as plain text when it cannot reach us; the surface never does. */
function isFromApiServer({ status, body }: Answer): boolean {
  return status === 503 && typeof body === 'string'
}
