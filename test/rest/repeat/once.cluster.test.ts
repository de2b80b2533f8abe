import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Answer, Caller } from '../door.ts'
import { FLEET, withGround } from '../ground.ts'
import { doorTo } from './replica-door.ts'
import { SOON, committed, freeze, giveLease, judged, leaderAndOther, openPlan, recordOf } from './scene.ts'

const SKIP = { strategy: 'skip_failed', reason: 'the gate does not matter' } as const
const ONE_SKIPPED = { phase: 'active', recoveries: ['Succeeded'], promoted: ['s1'], applied: 1 }

type Told = { readonly recovery?: string; readonly recovered_at?: string; readonly error?: string }
const told = ({ body }: Answer) => body as Told
const replayed = ({ headers }: Answer) => headers['idempotent-replayed'] === 'true'

describe('a request that is made again', function () {
  this.timeout(90_000)
  const ground = withGround({ replicas: 2, nodes: 1 })
  let alice: Caller

  const skip = async (by: Caller, plan: string) => await by.call('POST', `/rollouts/${plan}/recover`, { body: SKIP })
  const lost = async (asked: Promise<Answer>) =>
    await asked.then(
      () => 'answered',
      () => 'lost',
    )

  before(async () => {
    const { succeed } = ground()
    for (const account of ['alice', 'bob']) await succeed(['create', 'serviceaccount', account, '-n', FLEET])
    await succeed([
      ...['create', 'clusterrolebinding', 'repeat', '--clusterrole=autonomy-rollouts-admin'],
      ...['alice', 'bob'].map(account => `--serviceaccount=${FLEET}:${account}`),
    ])
    alice = await ground().direct('alice')
    const may = async () => (await alice.call('GET', '/rollouts')).status === 200
    await until(may, { what: 'the role is in force', ...SOON })
  })

  it('at the same moment at both replicas, ten times each, takes effect once', async () => {
    await openPlan(alice, 'both')
    const { leader, other } = await leaderAndOther(ground())
    const doors = []
    for (const replica of [leader, other])
      for (let count = 0; count < 10; count += 1) doors.push(await doorTo(ground(), replica, alice))
    const answers = await Promise.all(doors.map(async door => await skip(door, 'both')))
    expect(answers.map(({ status }) => status)).to.deep.equal(doors.map(() => 200))
    expect(new Set(answers.map(answer => `${told(answer).recovery} ${told(answer).recovered_at}`)).size).to.equal(1)
    expect(answers.filter(answer => !replayed(answer))).to.have.length(1)
    expect(await recordOf(ground(), 'both')).to.deep.equal(ONE_SKIPPED)
  })

  it('because the caller went away before the answer takes effect once', async () => {
    await openPlan(alice, 'gone')
    const { leader, other } = await leaderAndOther(ground())
    const [at, again] = [await doorTo(ground(), other, alice), await doorTo(ground(), leader, alice)]
    const goOn = freeze(leader)
    const asked = lost(skip(at, 'gone'))
    await committed(ground(), 'gone')
    at.agent.destroy()
    expect(await asked).to.equal('lost')
    goOn()
    const answer = await skip(again, 'gone')
    expect({ status: answer.status, replayed: replayed(answer) }).to.deep.equal({ status: 200, replayed: true })
    expect(await recordOf(ground(), 'gone')).to.deep.equal(ONE_SKIPPED)
  })

  it('because the replica that served it was killed takes effect once', async () => {
    await openPlan(alice, 'served')
    const { leader, other } = await leaderAndOther(ground())
    const [at, again] = [await doorTo(ground(), other, alice), await doorTo(ground(), leader, alice)]
    const goOn = freeze(leader)
    const asked = lost(skip(at, 'served'))
    await committed(ground(), 'served')
    await other.kill('SIGKILL')
    expect(await asked).to.equal('lost')
    goOn()
    const answer = await skip(again, 'served')
    expect({ status: answer.status, replayed: replayed(answer) }).to.deep.equal({ status: 200, replayed: true })
    expect(await recordOf(ground(), 'served')).to.deep.equal(ONE_SKIPPED)
  })

  it('because the leader was killed gets the verdict of the next one', async () => {
    await openPlan(alice, 'led')
    const { leader, other } = await leaderAndOther(ground())
    const [atLeader, atOther, again] = [
      await doorTo(ground(), leader, alice),
      await doorTo(ground(), other, alice),
      await doorTo(ground(), other, alice),
    ]
    freeze(leader)
    const asked = lost(skip(atLeader, 'led'))
    const waiting = skip(atOther, 'led')
    await committed(ground(), 'led')
    await leader.kill('SIGKILL')
    expect(await asked).to.equal('lost')
    const answers = await Promise.all([waiting, skip(again, 'led')])
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200])
    expect(new Set(answers.map(answer => told(answer).recovery)).size).to.equal(1)
    expect(await recordOf(ground(), 'led')).to.deep.equal(ONE_SKIPPED)
  })

  it('while nobody leads is told the name of the record, which takes effect once when somebody does', async () => {
    await openPlan(alice, 'nobody')
    const { leader, other } = await leaderAndOther(ground())
    const [at, again] = [await doorTo(ground(), other, alice), await doorTo(ground(), other, alice)]
    await leader.kill('SIGKILL')
    await giveLease(ground(), 'nobody')
    const [first, second] = await Promise.all([skip(at, 'nobody'), skip(again, 'nobody')])
    for (const { status, body, headers } of [first, second]) {
      expect(status, JSON.stringify(body)).to.equal(504)
      expect(headers['retry-after']).to.equal('2')
      expect(body).to.include({ error: 'no_verdict', recovery: told(first).recovery })
      expect((body as { readonly message: string }).message).to.match(/takes effect once: kubectl get rrec nobody-skip/)
    }
    expect(await recordOf(ground(), 'nobody')).to.deep.include({ recoveries: ['Pending'], promoted: [] })
    await giveLease(ground(), '')
    expect(await judged(ground(), 'nobody')).to.deep.equal(ONE_SKIPPED)
    const third = await skip(await doorTo(ground(), other, alice), 'nobody')
    expect({ status: third.status, recovery: told(third).recovery }).to.deep.equal({
      status: 200,
      recovery: told(first).recovery,
    })
    expect(await recordOf(ground(), 'nobody')).to.deep.equal(ONE_SKIPPED)
  })

  describe('with an Idempotency-Key', () => {
    const act = async (by: Caller, plan: string, word: string, reason: string, key: string) =>
      await by.call('POST', `/rollouts/${plan}/${word}`, { body: { reason }, headers: { 'idempotency-key': key } })

    it('gets the first answer, though other things were done since', async () => {
      await openPlan(alice, 'keyed')
      const first = await act(alice, 'keyed', 'pause', 'for lunch', 'run-5')
      await act(alice, 'keyed', 'resume', 'after lunch', 'run-6')
      const again = await act(alice, 'keyed', 'pause', 'for lunch', 'run-5')
      expect({ status: again.status, replayed: replayed(again) }).to.deep.equal({ status: 200, replayed: true })
      expect(again.body).to.deep.equal(first.body)
      expect(await recordOf(ground(), 'keyed')).to.deep.include({
        phase: 'active',
        recoveries: ['Succeeded', 'Succeeded'],
        applied: 2,
      })
    })

    it('is refused when it asks for something else', async () => {
      await openPlan(alice, 'reused')
      await act(alice, 'reused', 'pause', 'for lunch', 'run-5')
      for (const [word, reason] of [
        ['pause', 'for dinner'],
        ['halt', 'for lunch'],
      ] as const) {
        const other = await act(alice, 'reused', word, reason, 'run-5')
        if (word === 'pause') expect(told(other).error).to.equal('idempotency_key_reused')
        expect(other.status).to.equal(422)
      }
      expect(await recordOf(ground(), 'reused')).to.deep.include({ phase: 'paused', recoveries: ['Succeeded'] })
    })

    it('is another one when somebody else uses the key', async () => {
      await openPlan(alice, 'shared')
      await act(alice, 'shared', 'pause', 'for lunch', 'run-5')
      const bob = await ground().direct('bob')
      const other = await act(bob, 'shared', 'resume', 'after lunch', 'run-5')
      expect({ status: other.status, replayed: replayed(other) }).to.deep.equal({ status: 200, replayed: false })
      expect(await recordOf(ground(), 'shared')).to.deep.include({ phase: 'active', applied: 2 })
    })
  })

  it('is a new wish when something else was done since: pause, resume and pause is paused', async () => {
    await openPlan(alice, 'thrice')
    const act = async (word: string) =>
      (await alice.call('POST', `/rollouts/thrice/${word}`, { body: { reason: 'for lunch' } })).status
    expect([await act('pause'), await act('pause'), await act('resume'), await act('pause')]).to.deep.equal([
      ...[200, 200, 200, 200],
    ])
    expect(await recordOf(ground(), 'thrice')).to.deep.include({
      phase: 'paused',
      recoveries: ['Succeeded', 'Succeeded', 'Succeeded'],
      applied: 3,
    })
  })

  it('is the same approval, not a second one', async () => {
    await openPlan(alice, 'approved')
    const { leader, other } = await leaderAndOther(ground())
    const approve = async (by: Caller) =>
      await by.call('POST', '/rollouts/approved/stages/s1/gates/manual/approve', { body: { reason: 'looks well' } })
    const answers = await Promise.all([
      approve(await doorTo(ground(), leader, alice)),
      approve(await doorTo(ground(), other, alice)),
    ])
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200])
    const promoted = async () => (await recordOf(ground(), 'approved')).promoted.length > 0
    await until(promoted, { what: 's1 is promoted', ...SOON })
    expect(await recordOf(ground(), 'approved')).to.deep.include({
      recoveries: ['Succeeded'],
      promoted: ['s1'],
      applied: 1,
    })
  })
})
