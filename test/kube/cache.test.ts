import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { createCache } from '../../operator/kube/cache.ts'
import type { CacheOptions, Change } from '../../operator/kube/cache.ts'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import type { List, RawObject } from '../../operator/kube/object.ts'
import { configMaps } from '../../operator/kube/resource.ts'
import type { WatchEvent } from '../../operator/kube/watch.ts'
import { fakeClock } from '../runtime/fake-clock.ts'
import { logLines } from '../runtime/log-lines.ts'
import { raw, thing, trim } from './build.ts'
import type { Thing } from './build.ts'
import { bookmark, scriptedClient } from './scripted-client.ts'

const added = (object: RawObject): WatchEvent => ({ kind: 'added', object })
const modified = (object: RawObject): WatchEvent => ({ kind: 'modified', object })
const deleted = (object: RawObject): WatchEvent => ({ kind: 'deleted', object })

const api = (code: number, reason = '', retryAfterMs?: number) =>
  new ApiError('x', code, { reason, message: 'm' }, retryAfterMs)

function setUp(options: Partial<CacheOptions<Thing>> = {}, list?: Parameters<typeof scriptedClient>[0]) {
  const clock = fakeClock()
  const server = scriptedClient(list)
  const { log, lines } = logLines()
  const failures: unknown[] = []
  const relists: string[] = []
  const cache = createCache<Thing>({
    client: server.client,
    resource: configMaps,
    trim,
    clock,
    log,
    random: () => 1,
    metrics: {
      changed: () => {},
      relisted: resource => void relists.push(resource),
      failed: (_, error) => void failures.push(error),
      rejected: () => {},
      register: () => {},
    },
    ...options,
  })
  const changes: string[] = []
  cache.subscribe(({ kind, object, listed }: Change<Thing>) => {
    changes.push(`${kind} ${object.metadata.name} ${object.metadata.resourceVersion}${listed ? ' listed' : ''}`)
  })
  const stop = new AbortController()
  let ended = false
  const start = () => cache.run(stop.signal).then(() => (ended = true))
  const names = () => [...cache.values()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
  return { clock, server, cache, changes, stop, start, names, lines, failures, relists, ended: () => ended }
}

/** A cache that has taken over a streaming list of a 3 and b 5 at version 7. */
async function synced(options: Partial<CacheOptions<Thing>> = {}, list?: Parameters<typeof scriptedClient>[0]) {
  const scene = setUp(options, list)
  void scene.start()
  await scene.clock.advance(0)
  scene.server.last().send(added(raw('a', 3)), added(raw('b', 5)), bookmark(7, true))
  await scene.clock.advance(0)
  scene.changes.length = 0
  return scene
}

describe('cache', () => {
  it('takes over a streaming list when it is complete, and goes on in the same stream', async () => {
    const { clock, server, cache, changes, start, names } = setUp()
    void start()
    await clock.advance(0)
    expect(server.last().options.from).to.equal('initial')
    server.last().send(added(raw('a', 3)), added(raw('b', 5)), modified(raw('a', 6)))
    await clock.advance(0)
    expect([cache.synced(), cache.size, cache.state().phase]).to.deep.equal([false, 0, 'listing'])
    server.last().send(bookmark(7, true), added(raw('c', 8)))
    await clock.advance(0)
    expect([cache.synced(), cache.size, cache.state().phase]).to.deep.equal([true, 3, 'watching'])
    expect(changes).to.deep.equal(['added a 6 listed', 'added b 5 listed', 'added c 8'])
    expect(names()).to.deep.equal(['a 6', 'b 5', 'c 8'])
    expect(server.sessions).to.have.length(1)
  })

  it('does not keep an object that was deleted while it was listed', async () => {
    const { clock, server, start, names } = setUp()
    void start()
    await clock.advance(0)
    server.last().send(added(raw('a', 3)), deleted(raw('a', 6)), bookmark(7, true))
    await clock.advance(0)
    expect(names()).to.deep.equal([])
  })

  it('answers by key, with what the trim kept, without managed fields, frozen all the way down', async () => {
    let given: RawObject | undefined
    const { cache } = await synced({
      trim: object => {
        given = object
        return trim(object)
      },
    })
    expect(cache.get('fleet/a')).to.deep.equal(thing('a', 3))
    expect(cache.get('a')).to.equal(undefined)
    expect(given?.metadata).not.to.have.property('managedFields')
    expect(Object.isFrozen(cache.get('fleet/a')?.metadata)).to.equal(true)
  })

  it('tells who waits for it that it is synced, or that waiting has ended', async () => {
    const { clock, server, cache, start } = setUp()
    const waiting = cache.whenSynced(new AbortController().signal)
    const impatient = new AbortController()
    const given = cache.whenSynced(impatient.signal).catch((error: unknown) => error)
    impatient.abort('enough')
    expect(await given).to.equal('enough')
    void start()
    await clock.advance(0)
    server.last().send(bookmark(7, true))
    await waiting
    await cache.whenSynced(AbortSignal.abort())
  })

  it('asks for its part of the cluster only', async () => {
    const { clock, server, start } = setUp({ namespace: 'fleet', labelSelector: 'a=b', fieldSelector: 'spec.x=y' })
    void start()
    await clock.advance(0)
    expect(server.last().options).to.include({ namespace: 'fleet', labelSelector: 'a=b', fieldSelector: 'spec.x=y' })
  })

  it('opens the next watch at once where the last one ended, if it was of use', async () => {
    const { clock, server } = await synced()
    server.last().send(modified(raw('a', 9)), bookmark(12))
    server.last().end()
    await clock.advance(0)
    expect(server.last().options.from).to.deep.equal({ resourceVersion: '12' })
    expect(server.sessions).to.have.length(2)
  })

  it('draws the length of each watch between its bounds', async () => {
    for (const [random, seconds] of [
      [0, 300],
      [0.5, 450],
      [1, 600],
    ] as const) {
      const { server } = await synced({ random: () => random })
      expect(server.last().options).to.include({ timeoutSeconds: seconds, idleMs: 90_000 })
    }
  })

  it('does not spin when watches are closed as soon as they are open', async () => {
    const { clock, server } = await synced()
    server.last().end()
    for (let time = 0; time < 600; time += 1) {
      if (!server.last().closed()) server.last().end()
      await clock.advance(100)
    }
    expect(server.sessions.length).to.be.below(12)
  })

  describe('when the server fails', () => {
    for (const [title, error] of [
      ['a reset', new TransportError('x', 'reset', 'm')],
      ['silence', new TransportError('x', 'timeout', 'm')],
      ['garbage', new TransportError('x', 'bad_response', 'm')],
      ['no credentials', new TransportError('x', 'credentials', 'm')],
      ['401', api(401, 'Unauthorized')],
      ['403', api(403, 'Forbidden')],
      ['429', api(429, 'TooManyRequests')],
      ['500', api(500, 'InternalError')],
      ['503', api(503)],
      ['504', api(504, 'Timeout')],
    ] as const) {
      it(`keeps what it has, pauses, and goes on from there after ${title}`, async () => {
        const { clock, server, cache, changes, names } = await synced()
        server.last().fail(error)
        await clock.advance(0)
        expect(cache.state()).to.include({ phase: 'waiting', error, attempts: 1, synced: true })
        expect(names()).to.deep.equal(['a 3', 'b 5'])
        expect(server.sessions).to.have.length(1)
        await clock.advance(500)
        expect(server.last().options.from).to.deep.equal({ resourceVersion: '7' })
        server.last().send(modified(raw('a', 9)))
        await clock.advance(0)
        expect(changes).to.deep.equal(['updated a 9'])
        expect(cache.state().phase).to.equal('watching')
      })
    }

    for (const [title, error] of [
      ['410', api(410, 'Expired')],
      ['410 of another make', api(500, 'Expired')],
      ['a kind that is not served any more', api(404)],
      ['a refusal as invalid', api(400, 'BadRequest')],
    ] as const) {
      it(`lists anew after ${title}`, async () => {
        const { clock, server, changes } = await synced()
        server.last().fail(error)
        await clock.advance(500)
        expect(server.last().options.from).to.equal('initial')
        server.last().send(added(raw('b', 5)), bookmark(20, true))
        await clock.advance(0)
        expect(changes).to.deep.equal(['deleted a 3 listed'])
      })
    }

    it('waits longer each time, up to half a minute, and never stops trying', async () => {
      const { clock, server, failures } = await synced()
      const times: number[] = []
      server.refuse(api(500))
      server.last().fail(api(500))
      for (let time = 0; time < 3_000; time += 1) {
        const before = server.sessions.length
        await clock.advance(100)
        if (server.sessions.length > before) times.push(clock.monotonic())
      }
      const pauses = times.map((time, index) => (time - (times[index - 1] ?? 0)) / 100)
      expect(pauses.slice(0, 6)).to.deep.equal([5, 10, 20, 40, 80, 160])
      expect(Math.max(...pauses)).to.equal(300)
      expect(failures.length).to.be.above(12)
    })

    it('starts with a short pause again once the server was well for a while', async () => {
      const { clock, server } = await synced()
      for (let time = 0; time < 6; time += 1) {
        server.last().fail(api(500))
        await clock.advance(30_000)
      }
      await clock.advance(10_000)
      server.last().fail(api(500))
      await clock.advance(0)
      const before = server.sessions.length
      await clock.advance(500)
      expect(server.sessions.length).to.equal(before + 1)
    })

    it('starts with a short pause again once the server told something', async () => {
      const { clock, server } = await synced()
      for (let time = 0; time < 6; time += 1) {
        server.last().send(modified(raw('a', 10 + time)))
        server.last().fail(api(500))
        await clock.advance(500)
      }
      expect(server.sessions).to.have.length(7)
    })

    it('does not list again and again at full speed when every watch after a list is refused', async () => {
      const { clock, server } = await synced()
      for (let time = 0; time < 600; time += 1) {
        const session = server.last()
        if (!session.closed()) {
          if (session.options.from === 'initial') session.send(bookmark(100 + time, true))
          session.fail(api(410, 'Expired'))
        }
        await clock.advance(100)
      }
      expect(server.sessions.length).to.be.below(12)
    })

    it('waits as long as the server asks', async () => {
      const { clock, server } = await synced()
      server.last().fail(api(429, 'TooManyRequests', 17_000))
      await clock.advance(16_999)
      expect(server.sessions).to.have.length(1)
      await clock.advance(1)
      expect(server.sessions).to.have.length(2)
    })

    it('starts a list again from its beginning when it breaks', async () => {
      const { clock, server, start, names } = setUp()
      void start()
      await clock.advance(0)
      server.last().send(added(raw('a', 3)))
      server.last().fail(new TransportError('x', 'reset', 'm'))
      await clock.advance(500)
      server.last().send(added(raw('b', 5)), bookmark(7, true))
      await clock.advance(0)
      expect(names()).to.deep.equal(['b 5'])
    })

    it('refuses a list older than what it knows, keeps what it has, and asks again', async () => {
      const { clock, server, cache, names } = await synced()
      server.last().send(added(raw('c', 9)))
      server.last().fail(api(410))
      await clock.advance(500)
      server.last().send(added(raw('a', 2)), bookmark(6, true))
      await clock.advance(0)
      expect(cache.state()).to.have.nested.property('error.code', 'stale_list')
      expect(names()).to.deep.equal(['a 3', 'b 5', 'c 9'])
      await clock.advance(1_000)
      server.last().send(added(raw('c', 9)), bookmark(12, true))
      await clock.advance(0)
      expect(names()).to.deep.equal(['c 9'])
    })
  })

  describe('where the server has no streaming lists', () => {
    const pages: Readonly<Record<string, List<RawObject>>> = {
      first: { items: [raw('a', 3)], resourceVersion: '7', continue: 'second' },
      second: { items: [raw('b', 5)], resourceVersion: '7' },
    }
    const paged = async (options: { continue?: string }) => pages[options.continue ?? 'first'] as List<RawObject>

    for (const code of [400, 422]) {
      it(`lists by pages, and watches from there (${code})`, async () => {
        const { clock, server, cache, names, start } = setUp({}, paged)
        server.refuseStreaming(api(code, 'Invalid'))
        void start()
        await clock.advance(0)
        expect(names()).to.deep.equal(['a 3', 'b 5'])
        expect(cache.synced()).to.equal(true)
        expect(server.lists.map(({ limit, continue: more }) => [limit, more])).to.deep.equal([
          [500, undefined],
          [500, 'second'],
        ])
        expect(server.last().options.from).to.deep.equal({ resourceVersion: '7' })
        expect(server.last().closed()).to.equal(false)
      })
    }

    it('does not try streaming again', async () => {
      const { clock, server, start } = setUp({}, paged)
      server.refuseStreaming(api(422, 'Invalid'))
      void start()
      await clock.advance(0)
      server.last().fail(api(410))
      await clock.advance(1_000)
      expect(server.lists).to.have.length(4)
      expect(server.sessions.filter(({ options }) => options.from === 'initial')).to.have.length(1)
    })

    it('tries pages as well where streams keep breaking', async () => {
      const { clock, server, cache, start } = setUp({}, paged)
      server.refuse(new TransportError('x', 'timeout', 'a proxy in between buffers'))
      void start()
      await clock.advance(5_000)
      expect(cache.synced()).to.equal(true)
    })
  })

  describe('refresh', () => {
    it('resolves when a list that began after the call has been taken over', async () => {
      const { clock, server, cache, names } = await synced()
      let fresh = false
      void cache.refresh(new AbortController().signal).then(() => (fresh = true))
      await clock.advance(0)
      expect(server.last().options.from).to.equal('initial')
      server.last().send(added(raw('c', 9)))
      await clock.advance(0)
      expect(fresh).to.equal(false)
      server.last().send(bookmark(12, true))
      await clock.advance(0)
      expect(fresh).to.equal(true)
      expect(names()).to.deep.equal(['c 9'])
    })

    it('does not wait for a pause to end', async () => {
      const { clock, server, cache } = await synced()
      for (let time = 0; time < 8; time += 1) {
        server.last().fail(api(500))
        await clock.advance(30_000)
      }
      server.last().fail(api(500))
      await clock.advance(0)
      expect(cache.state().phase).to.equal('waiting')
      void cache.refresh(new AbortController().signal)
      await clock.advance(0)
      expect(server.last().options.from).to.equal('initial')
      expect(server.last().closed()).to.equal(false)
    })

    it('does not take a list for fresh that had begun before', async () => {
      const { clock, server, cache, start } = setUp()
      void start()
      await clock.advance(0)
      const early = server.last()
      let fresh = false
      void cache.refresh(new AbortController().signal).then(() => (fresh = true))
      early.send(bookmark(7, true))
      await clock.advance(0)
      expect(fresh).to.equal(false)
      server.last().send(bookmark(9, true))
      await clock.advance(0)
      expect(fresh).to.equal(true)
    })

    it('tries until it succeeds', async () => {
      const { clock, server, cache } = await synced()
      let fresh = false
      void cache.refresh(new AbortController().signal).then(() => (fresh = true))
      await clock.advance(0)
      server.last().fail(api(500))
      await clock.advance(500)
      server.last().send(bookmark(9, true))
      await clock.advance(0)
      expect(fresh).to.equal(true)
    })

    it('serves several callers', async () => {
      const { clock, server, cache } = await synced()
      let count = 0
      for (let call = 0; call < 3; call += 1) void cache.refresh(new AbortController().signal).then(() => (count += 1))
      await clock.advance(0)
      server.last().send(bookmark(9, true))
      await clock.advance(0)
      expect(count).to.equal(3)
    })

    it('gives up with its signal', async () => {
      const { cache } = await synced()
      const caller = new AbortController()
      const refreshing = cache.refresh(caller.signal).catch((error: unknown) => error)
      caller.abort('enough')
      expect(await refreshing).to.equal('enough')
    })
  })

  describe('observe', () => {
    it('takes in the answer of an own write as it came, tells it once, and ignores the event for it', async () => {
      const { clock, server, cache, changes } = await synced()
      cache.observe(raw('a', 9))
      expect(cache.get('fleet/a')).to.deep.equal(thing('a', 9))
      server.last().send(modified(raw('a', 8)), modified(raw('a', 9)))
      await clock.advance(0)
      expect(changes).to.deep.equal(['updated a 9'])
    })

    it('does not lose it to a list that was read before it', async () => {
      const { clock, server, cache, names } = await synced()
      server.last().fail(api(410))
      await clock.advance(500)
      cache.observe(raw('c', 15))
      server.last().send(added(raw('a', 3)), bookmark(12, true))
      await clock.advance(0)
      expect(names()).to.deep.equal(['a 3', 'c 15'])
    })

    it('ignores objects of another namespace, and new ones where a selector decides', async () => {
      const elsewhere = await synced({ namespace: 'other' })
      elsewhere.cache.observe(raw('c', 9))
      expect(elsewhere.names()).to.deep.equal(['a 3', 'b 5'])
      const selective = await synced({ labelSelector: 'x=y' })
      selective.cache.observe(raw('c', 9))
      selective.cache.observe(raw('a', 10))
      expect(selective.names()).to.deep.equal(['a 10', 'b 5'])
    })

    it('takes in new ones that are known to be of the selection, and brings none back that was deleted since', async () => {
      const selects = ({ metadata }: Thing) => metadata.name !== 'd'
      const { cache, names, server, clock } = await synced({ labelSelector: 'x=y', selects })
      for (const object of [raw('c', 9), raw('d', 10)]) cache.observe(object)
      expect(names()).to.deep.equal(['a 3', 'b 5', 'c 9'])
      server.last().send(deleted(raw('c', 11)))
      await clock.advance(0)
      cache.observe(raw('c', 9))
      expect(names()).to.deep.equal(['a 3', 'b 5'])
    })
  })

  describe('subscribers', () => {
    it('are all told, though one of them throws', async () => {
      const { clock, server, cache, lines } = setUp()
      const told: string[] = []
      cache.subscribe(() => {
        throw new Error('bug')
      })
      cache.subscribe(change => void told.push(change.object.metadata.name))
      void cache.run(new AbortController().signal)
      await clock.advance(0)
      server.last().send(added(raw('a', 3)), bookmark(7, true), added(raw('b', 8)))
      await clock.advance(0)
      expect(told).to.deep.equal(['a', 'b'])
      expect(lines.filter(line => line.msg === 'a subscriber of the cache failed')).to.have.length(2)
      expect(cache.state().phase).to.equal('watching')
    })

    it('are told nothing after they have left', async () => {
      const { clock, server, cache } = await synced()
      const told: string[] = []
      const leave = cache.subscribe(change => void told.push(change.object.metadata.name))
      leave()
      server.last().send(added(raw('c', 9)))
      await clock.advance(0)
      expect(told).to.deep.equal([])
    })

    it('learn what an object was before', async () => {
      const { clock, server, cache } = await synced()
      const before: unknown[] = []
      cache.subscribe(({ previous }) => void before.push(previous?.value))
      server.last().send(modified(raw('a', 9)), deleted(raw('a', 10)), added(raw('a', 11)))
      await clock.advance(0)
      expect(before).to.deep.equal([3, 9, undefined])
    })
  })

  describe('an object that cannot be trimmed', () => {
    const fussy = (object: RawObject) => {
      if (Number(object.metadata.resourceVersion) % 2 === 0) throw new Error('odd versions only')
      return trim(object)
    }

    it('is left out, or left as it was, and disturbs nothing else', async () => {
      const { clock, server, names, lines } = await synced({ trim: fussy })
      server.last().send(modified(raw('a', 8)), added(raw('c', 10)), added(raw('d', 11)))
      await clock.advance(0)
      expect(names()).to.deep.equal(['a 3', 'b 5', 'd 11'])
      expect(lines.filter(line => line.level === 'error')).to.have.length(2)
    })

    it('goes all the same when it is deleted', async () => {
      const { clock, server, names } = await synced({ trim: fussy })
      server.last().send(deleted(raw('a', 8)))
      await clock.advance(0)
      expect(names()).to.deep.equal(['b 5'])
    })

    it('is not taken for gone by a list', async () => {
      const { clock, server, names } = await synced({ trim: fussy })
      server.last().fail(api(410))
      await clock.advance(500)
      server.last().send(added(raw('a', 8)), added(raw('b', 5)), bookmark(12, true))
      await clock.advance(0)
      expect(names()).to.deep.equal(['a 3', 'b 5'])
    })
  })

  it('lists anew when the watch ends and the last list is an hour old', async () => {
    const { clock, server, relists } = await synced()
    for (let minute = 0; minute < 61; minute += 1) {
      await clock.advance(60_000)
      server.last().send(bookmark(10 + minute))
      if (minute % 10 === 9) server.last().end()
    }
    await clock.advance(0)
    server.last().send(bookmark(100, true))
    await clock.advance(0)
    expect(relists).to.have.length(2)
  })

  it('says how long the server has been silent', async () => {
    const { clock, server, cache } = await synced()
    await clock.advance(5_000)
    expect(cache.state().silentMs).to.equal(5_000)
    server.last().send(bookmark(9))
    await clock.advance(0)
    expect(cache.state()).to.include({ silentMs: 0, resourceVersion: '9' })
  })

  it('gives the event loop its turns while it takes over a long list', async () => {
    const { clock, server, start, cache } = setUp({ clock: { ...fakeClock(), monotonic: () => performance.now() } })
    void start()
    await clock.advance(0)
    const events = Array.from({ length: 20_000 }, (_, index) => added(raw(`thing-${index}`, index + 1)))
    server.last().send(...events, bookmark(50_000, true))
    let turns = 0
    while (!cache.synced()) {
      await new Promise(setImmediate)
      turns += 1
    }
    expect(cache.size).to.equal(20_000)
    // In one go it takes well above 100 ms; a slice is 8 ms.
    expect(turns).to.be.above(5)
  })

  it('leaves nothing on its signal of watches that are over', async () => {
    const { clock, server, stop } = await synced()
    const before = getEventListeners(stop.signal, 'abort').length
    for (let time = 0; time < 50; time += 1) {
      server.last().send(bookmark(10 + time))
      if (time % 2 === 0) server.last().end()
      else server.last().fail(api(500))
      await clock.advance(1_000)
    }
    expect(getEventListeners(stop.signal, 'abort')).to.have.length(before)
  })

  for (const phase of ['listing', 'watching', 'waiting'] as const) {
    it(`stops while ${phase}`, async () => {
      const { clock, server, cache, stop, ended } = await synced()
      if (phase === 'listing') void cache.refresh(new AbortController().signal)
      if (phase === 'waiting') server.last().fail(api(500))
      await clock.advance(0)
      expect(cache.state().phase).to.equal(phase)
      stop.abort()
      await clock.advance(0)
      expect(ended()).to.equal(true)
      expect(cache.state()).to.include({ phase: 'stopped', synced: true, size: 2 })
      expect(clock.pending()).to.equal(0)
    })
  }
})
