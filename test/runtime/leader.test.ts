import { expect } from 'chai'
import { createLeaderElector } from '../../operator/runtime/leader.ts'
import type { Leadership } from '../../operator/runtime/leader.ts'
import { fakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'
import { leaseServer } from './lease-server.ts'
import { quiet } from './log-lines.ts'

type Server = ReturnType<typeof leaseServer>

/** One candidate, whose work lasts until its signal aborts, and then as long as `windDown` says. */
function candidate(clock: FakeClock, server: Server, identity: string, windDown: () => Promise<void> = async () => {}) {
  const stop = new AbortController()
  const terms: Leadership[] = []
  const leading: boolean[] = []
  const elector = createLeaderElector({
    client: server.client(identity),
    namespace: 'fleet',
    name: 'promoter',
    identity,
    clock,
    log: quiet,
    random: () => 0.5,
    metrics: { leading: (_, status) => void leading.push(status) },
  })
  const work = async (leadership: Leadership) => {
    terms.push(leadership)
    await new Promise(resolve => leadership.signal.addEventListener('abort', resolve))
    await windDown()
  }
  const state: { outcome?: unknown } = {}
  const running = elector.run(stop.signal, work).then(
    () => (state.outcome = 'ended'),
    (error: unknown) => (state.outcome = error),
  )
  return { elector, stop, terms, leading, running, outcome: () => state.outcome }
}

describe('leader elector', () => {
  const setUp = () => {
    const clock = fakeClock()
    return { clock, server: leaseServer(clock) }
  }

  it('creates the lease and leads when there is none', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(0)
    expect(a.elector.isLeader()).to.equal(true)
    expect(a.terms.map(({ epoch }) => epoch)).to.deep.equal([0])
    expect(a.leading).to.deep.equal([false, true])
    expect(server.lease()?.spec).to.deep.equal({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-24T12:00:00.000000Z',
      renewTime: '2026-11-24T12:00:00.000000Z',
      leaseTransitions: 0,
    })
  })

  it('renews every two seconds, keeping the time it acquired the lease', async () => {
    const { clock, server } = setUp()
    candidate(clock, server, 'a')
    await clock.advance(60_000)
    expect(server.writes).to.have.length(31)
    expect(server.lease()?.spec).to.include({
      acquireTime: '2026-11-24T12:00:00.000000Z',
      renewTime: '2026-11-24T12:01:00.000000Z',
      leaseTransitions: 0,
    })
  })

  it('lets one of two lead, and the other wait', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    const b = candidate(clock, server, 'b')
    await clock.advance(120_000)
    expect([a.elector.isLeader(), b.elector.isLeader()]).to.deep.equal([true, false])
    expect(b.terms).to.have.length(0)
    expect(() => b.elector.guard())
      .to.throw()
      .with.property('code', 'not_leader')
  })

  it('hands over at once when the leader stops', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(5_000)
    const b = candidate(clock, server, 'b')
    await clock.advance(5_000)
    a.stop.abort()
    await clock.advance(0)
    expect(a.outcome()).to.equal('ended')
    expect(server.lease()?.spec?.holderIdentity).to.equal('')
    await clock.advance(2_400)
    expect(b.elector.isLeader()).to.equal(true)
    expect(b.terms[0]?.epoch).to.equal(1)
  })

  it('goes on renewing until the work has wound down, and only then releases', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a', () => clock.sleep(25_000, new AbortController().signal))
    await clock.advance(0)
    a.stop.abort()
    await clock.advance(24_000)
    expect(a.elector.isLeader()).to.equal(true)
    expect(server.lease()?.spec?.holderIdentity).to.equal('a')
    await clock.advance(1_000)
    expect(a.outcome()).to.equal('ended')
    expect(server.lease()?.spec?.holderIdentity).to.equal('')
    expect(a.elector.isLeader()).to.equal(false)
  })

  it('takes over from a leader that vanished, no sooner than its lease expires and soon after', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    const b = candidate(clock, server, 'b')
    await clock.advance(60_000)
    server.set('a', 'hang')
    const since = clock.monotonic()
    while (!b.elector.isLeader()) await clock.advance(100)
    const took = clock.monotonic() - since
    expect(took).to.be.within(13_000, 19_000)
    expect(a.elector.isLeader()).to.equal(false)
    expect(b.terms[0]?.epoch).to.equal(1)
  })

  it('never has two leaders while a leader is cut off', async () => {
    const { clock, server } = setUp()
    const candidates = ['a', 'b'].map(name => candidate(clock, server, name))
    await clock.advance(60_000)
    server.set('a', 'hang')
    for (let time = 0; time < 300; time += 1) {
      await clock.advance(100)
      expect(candidates.filter(({ elector }) => elector.isLeader()).length).to.be.at.most(1)
    }
  })

  for (const fault of ['hang', 'refuse'] as const) {
    it(`gives up after ten seconds without a renewal (${fault})`, async () => {
      const { clock, server } = setUp()
      const a = candidate(clock, server, 'a')
      await clock.advance(4_000)
      server.set('a', fault)
      await clock.advance(9_900)
      expect(a.elector.isLeader()).to.equal(true)
      await clock.advance(200)
      expect(a.elector.isLeader()).to.equal(false)
      await clock.advance(2_000)
      expect(a.outcome()).to.include({ code: 'leadership_lost' })
      expect(a.terms[0]?.signal.reason).to.include({ code: 'leadership_lost' })
      expect(a.leading.at(-1)).to.equal(false)
    })
  }

  it('counts its deadline from when the last renewal was sent, not from its answer', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(3_000)
    server.set('a', 'slow')
    await clock.advance(2_900)
    server.set('a', 'hang')
    // The last one is sent at 4 s and answered at 6 s.
    await clock.advance(8_000)
    expect(a.elector.isLeader()).to.equal(true)
    await clock.advance(200)
    expect(a.elector.isLeader()).to.equal(false)
  })

  it('looks again at the very moment the lease it saw expires', async () => {
    const { clock, server } = setUp()
    candidate(clock, server, 'a')
    await clock.advance(1_000)
    server.set('a', 'hang')
    const b = candidate(clock, server, 'b')
    await clock.advance(14_999)
    expect(b.elector.isLeader()).to.equal(false)
    await clock.advance(1)
    expect(b.elector.isLeader()).to.equal(true)
  })

  it('survives an interruption shorter than its deadline', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(4_000)
    server.set('a', 'hang')
    await clock.advance(8_000)
    server.set('a', 'none')
    await clock.advance(60_000)
    expect(a.elector.isLeader()).to.equal(true)
    expect(a.outcome()).to.equal(undefined)
  })

  it('keeps the lease when only the answers of its renewals are lost for a while', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(4_000)
    server.set('a', 'lose_answer')
    await clock.advance(5_000)
    server.set('a', 'none')
    await clock.advance(30_000)
    expect(a.elector.isLeader()).to.equal(true)
    expect(server.lease()?.spec?.leaseTransitions).to.equal(0)
  })

  it('refuses its next write at once after having been frozen, before any timer has fired', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(4_000)
    expect(() => a.elector.guard()).not.to.throw()
    clock.freeze(10_001)
    expect(() => a.elector.guard())
      .to.throw()
      .with.property('code', 'not_leader')
    await clock.advance(0)
    expect(a.outcome()).to.include({ code: 'leadership_lost' })
  })

  it('loses its leadership when it finds another holder, without waiting for the deadline', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(4_000)
    const lease = server.lease()
    const stolen = { ...lease, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15, leaseTransitions: 1 } }
    await server.client('thief').update(undefined as never, stolen as never, { signal: new AbortController().signal })
    await clock.advance(2_000)
    expect(a.outcome()).to.include({ code: 'leadership_lost' })
    expect(server.lease()?.spec?.holderIdentity).to.equal('thief')
  })

  it('creates the lease anew when somebody deletes it', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(4_000)
    server.remove()
    await clock.advance(4_000)
    expect(a.elector.isLeader()).to.equal(true)
    expect(server.lease()?.spec?.holderIdentity).to.equal('a')
  })

  it('does not mistake a changed label for a renewal', async () => {
    const { clock, server } = setUp()
    candidate(clock, server, 'a')
    await clock.advance(4_000)
    server.set('a', 'hang')
    const b = candidate(clock, server, 'b')
    for (let time = 0; time < 20; time += 1) {
      server.touch()
      await clock.advance(1_000)
    }
    expect(b.elector.isLeader()).to.equal(true)
  })

  it('ignores what other clocks say: only how long the lease was seen unchanged counts', async () => {
    const { clock, server } = setUp()
    candidate(clock, server, 'a')
    await clock.advance(4_000)
    clock.step(-86_400_000)
    const b = candidate(clock, server, 'b')
    clock.step(172_800_000)
    await clock.advance(10_000)
    expect(b.elector.isLeader()).to.equal(false)
  })

  it('leaves without touching the lease when it is stopped while waiting', async () => {
    const { clock, server } = setUp()
    candidate(clock, server, 'a')
    const b = candidate(clock, server, 'b')
    await clock.advance(1_000)
    const before = server.writes.length
    b.stop.abort()
    await clock.advance(0)
    expect(b.outcome()).to.equal('ended')
    expect(server.writes.slice(before).filter(write => write.startsWith('b'))).to.deep.equal([])
  })

  it('gives the lease back, without having led, when it gets it while being stopped', async () => {
    const { clock, server } = setUp()
    server.set('a', 'slow')
    const a = candidate(clock, server, 'a')
    await clock.advance(1_000)
    a.stop.abort()
    await clock.advance(6_000)
    expect(a.outcome()).to.equal('ended')
    expect(a.terms).to.have.length(0)
    expect(server.writes).to.deep.equal(['a: a', 'a: '])
  })

  it('lets one lead when two find no lease at the same time', async () => {
    const { clock, server } = setUp()
    for (const name of ['a', 'b']) server.set(name, 'slow')
    const candidates = ['a', 'b'].map(name => candidate(clock, server, name))
    for (let time = 0; time < 100; time += 1) {
      await clock.advance(200)
      expect(candidates.filter(({ elector }) => elector.isLeader()).length).to.be.at.most(1)
    }
    expect(candidates.filter(({ elector }) => elector.isLeader())).to.have.length(1)
  })

  it('ends all the same when the lease cannot be released', async () => {
    const { clock, server } = setUp()
    const a = candidate(clock, server, 'a')
    await clock.advance(1_000)
    server.set('a', 'refuse')
    a.stop.abort()
    await clock.advance(0)
    expect(a.outcome()).to.equal('ended')
    expect(a.elector.isLeader()).to.equal(false)
  })

  it('releases, and rejects likewise, when the work fails by itself', async () => {
    const { clock, server } = setUp()
    const elector = createLeaderElector({
      client: server.client('a'),
      namespace: 'fleet',
      name: 'promoter',
      identity: 'a',
      clock,
      log: quiet,
    })
    const running = elector
      .run(new AbortController().signal, () => Promise.reject(new Error('bug')))
      .catch((error: unknown) => error)
    await clock.advance(0)
    expect(await running).to.have.property('message', 'bug')
    expect(server.lease()?.spec?.holderIdentity).to.equal('')
  })

  it('refuses durations with which it could not be safe', () => {
    const { clock, server } = setUp()
    const options = { client: server.client('a'), namespace: 'n', name: 'l', identity: 'a', clock, log: quiet }
    expect(() => createLeaderElector({ ...options, leaseDurationMs: 10_000 })).to.throw(TypeError)
    expect(() => createLeaderElector({ ...options, retryPeriodMs: 10_000 })).to.throw(TypeError)
  })
})
