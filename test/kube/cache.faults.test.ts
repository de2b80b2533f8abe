import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { createCache } from '../../operator/kube/cache.ts'
import type { Cache } from '../../operator/kube/cache.ts'
import { createClient } from '../../operator/kube/client.ts'
import { configMaps } from '../../operator/kube/resource.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { until } from '../cluster/wait.ts'
import { quiet } from '../runtime/log-lines.ts'
import { raw, trim } from './build.ts'
import type { Thing } from './build.ts'
import { blackhole, fakeConfig, json, reset, status, text } from './fault-server.ts'
import type { Answer } from './fault-server.ts'
import { startSmallWorld } from './small-world.ts'
import type { SmallWorld } from './small-world.ts'

type Scene = { readonly world: SmallWorld; readonly cache: Cache<Thing> }

/** A cache of a small world that holds `a` and `b`. */
async function withCache(streaming: boolean, use: (scene: Scene) => Promise<void>): Promise<void> {
  await using world = await startSmallWorld({ streaming })
  world.put('a')
  world.put('b')
  const clock = systemClock()
  const transport = createTransport({ config: fakeConfig(world.server.url), clock, timeoutMs: 300 })
  const tuning = { minBackoffMs: 5, maxBackoffMs: 50, idleMs: 400 }
  const client = createClient({ transport, clock })
  const cache = createCache<Thing>({ client, resource: configMaps, trim, clock, log: quiet, tuning })
  const stop = new AbortController()
  const running = cache.run(stop.signal)
  try {
    await cache.whenSynced(AbortSignal.timeout(5_000))
    await watching(world)
    await use({ world, cache })
  } finally {
    stop.abort()
    await running
    await transport.close()
  }
}

const watching = (world: SmallWorld) =>
  until(() => world.watches().length > 0, { what: 'a watch', withinMs: 5_000, everyMs: 5 })

const holds = (cache: Cache<Thing>, ...names: readonly string[]) =>
  until(
    () =>
      [...cache.values()]
        .map(({ metadata }) => metadata.name)
        .sort()
        .join() === names.join(),
    {
      what: `the cache to hold ${names.join()}`,
      withinMs: 5_000,
      everyMs: 5,
    },
  )

const eachWatch = (world: SmallWorld, act: (response: ServerResponse) => void) => {
  for (const response of world.watches()) act(response)
}

const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }

/** What befalls the open watch. */
const breaks: readonly (readonly [string, (world: SmallWorld) => void])[] = [
  ['is reset', world => eachWatch(world, response => response.socket?.resetAndDestroy())],
  ['is closed properly', world => eachWatch(world, response => response.end())],
  ['is closed in the middle of a line', world => eachWatch(world, response => response.end('{"type":"ADD'))],
  ['is half-closed', world => eachWatch(world, response => response.socket?.end())],
  ['says something that is no JSON', world => eachWatch(world, response => response.write('<html>\n'))],
  ['says something that is no event', world => eachWatch(world, response => response.write('{"type":"NEWS"}\n'))],
  [
    'is told that its version has expired',
    world => eachWatch(world, response => response.write(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`)),
  ],
]

/** What the server answers to the next few requests. */
const answers: readonly (readonly [string, Answer])[] = [
  ['nothing', blackhole],
  ['by a reset', reset],
  ['401', status(401, 'Unauthorized')],
  ['403', status(403, 'Forbidden')],
  ['404, as when the CRD is gone', text(404, '404 page not found\n')],
  ['410', status(410, 'Expired')],
  ['429 with Retry-After', status(429, 'TooManyRequests', { 'retry-after': '0' })],
  ['500', status(500, 'InternalError')],
  ['503 in plain text', text(503, 'service unavailable\n')],
  ['200 and garbage', text(200, 'hello')],
]

for (const streaming of [true, false]) {
  describe(`cache ${streaming ? 'by streaming lists' : 'by pages'}`, () => {
    for (const [title, strike] of breaks) {
      it(`sees what happened meanwhile when its watch ${title}`, async () => {
        await withCache(streaming, async ({ world, cache }) => {
          const [before] = world.watches()
          strike(world)
          await until(() => before !== world.watches().at(-1), {
            what: 'the watch to end',
            withinMs: 5_000,
            everyMs: 1,
          })
          world.put('c')
          world.remove('a')
          await holds(cache, 'b', 'c')
        })
      })
    }

    for (const [title, answer] of answers) {
      it(`keeps what it has, and recovers, when the server answers ${title}`, async () => {
        await withCache(streaming, async ({ world, cache }) => {
          let asked = 0
          world.disturb(() => {
            asked += 1
            return answer
          })
          eachWatch(world, response => response.socket?.resetAndDestroy())
          await until(() => asked >= 3, { what: 'three attempts', withinMs: 5_000, everyMs: 5 })
          expect(cache.synced()).to.equal(true)
          expect(cache.size).to.equal(2)
          world.remove('a')
          world.put('c')
          world.disturb(undefined)
          await holds(cache, 'b', 'c')
          expect(cache.state().phase).to.equal('watching')
        })
      })
    }

    it('leaves a watch that has fallen silent, as one through a cut cable does', async () => {
      await withCache(streaming, async ({ world, cache }) => {
        const [silent] = world.watches()
        // From here on the world believes to have told, but nothing arrives.
        if (silent !== undefined) silent.write = () => true
        world.put('c')
        await holds(cache, 'a', 'b', 'c')
      })
    })

    it('is not taken back in time by a server that lags behind', async () => {
      await withCache(streaming, async ({ world, cache }) => {
        world.put('c')
        world.remove('a')
        await holds(cache, 'b', 'c')
        const stale = `${JSON.stringify({ type: 'ADDED', object: raw('a', 11) })}\n`
        const end = { resourceVersion: '11', annotations: { 'k8s.io/initial-events-end': 'true' } }
        const bookmark = `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: end } })}\n`
        let lists = 0
        const seen: number[] = []
        const leave = cache.subscribe(change => void seen.push(Number(change.object.metadata.resourceVersion)))
        world.disturb(url => {
          if (!url.searchParams.has('watch') || url.searchParams.has('sendInitialEvents')) lists += 1
          if (url.searchParams.has('sendInitialEvents')) {
            return streaming ? (_, response) => void response.writeHead(200).write(stale + bookmark) : undefined
          }
          if (url.searchParams.has('watch')) return status(410, 'Expired')
          return json(200, { metadata: { resourceVersion: '11' }, items: [raw('a', 11)] })
        })
        eachWatch(world, response => response.socket?.resetAndDestroy())
        await until(() => lists >= 3, { what: 'three stale lists', withinMs: 5_000, everyMs: 5 })
        expect([...cache.values()].map(({ metadata }) => metadata.name)).to.deep.equal(['b', 'c'])
        expect(seen).to.deep.equal([])
        leave()
        world.disturb(undefined)
        world.put('d')
        await holds(cache, 'b', 'c', 'd')
      })
    })
  })
}
