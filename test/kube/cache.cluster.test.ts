import { expect } from 'chai'
import { createCache } from '../../operator/kube/cache.ts'
import type { Cache, CacheOptions } from '../../operator/kube/cache.ts'
import { isGone } from '../../operator/kube/errors.ts'
import type { RawObject } from '../../operator/kube/object.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { ApiServer } from '../cluster/api-server.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'
import { quiet } from '../runtime/log-lines.ts'
import { connect, installWidgets, soon, widgets } from './cluster-scene.ts'
import type { Connection, Widget } from './cluster-scene.ts'

const keep = (raw: RawObject): Widget => raw as Widget

describe('cache, against a real API server', () => {
  let cluster: Cluster
  let second: ApiServer
  let writer: Connection
  before(async () => {
    cluster = await startCluster({ apiServerFlags: ['--etcd-compaction-interval=2s'] })
    second = await cluster.addApiServer(['--feature-gates=WatchList=false', '--etcd-compaction-interval=2s'])
    writer = connect(await adminOf(second))
    await installWidgets(cluster)
  })
  after(async () => {
    await writer?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const adminOf = ({ server }: ApiServer) => cluster.clientFor({ user: 'admin', groups: ['system:masters'], server })
  const create = (name: string, labels: Record<string, string> = {}) =>
    writer.client.create(widgets, { metadata: { namespace: 'default', name, labels }, spec: {} }, { signal: soon() })
  const patch = (name: string, body: Record<string, unknown>) =>
    writer.client.mergePatch(widgets, { namespace: 'default', name }, body, { signal: soon() })
  const remove = (name: string) => writer.client.delete(widgets, { namespace: 'default', name }, { signal: soon() })

  /** A cache of the widgets whose label `of` says so, by way of the server named. */
  const withCache = async (
    of: string,
    server: ApiServer,
    use: (cache: Cache<Widget>, failures: unknown[], connection: Connection) => Promise<void>,
    options: Partial<CacheOptions<Widget>> = {},
  ): Promise<void> => {
    await using connection = connect(await adminOf(server), { timeoutMs: 2_000 })
    const failures: unknown[] = []
    const cache = createCache<Widget>({
      client: connection.client,
      resource: widgets,
      namespace: 'default',
      labelSelector: `of=${of}`,
      trim: keep,
      clock: systemClock(),
      log: quiet,
      tuning: { minBackoffMs: 20, maxBackoffMs: 200 },
      metrics: {
        changed: () => {},
        relisted: () => {},
        failed: (_, error) => void failures.push(error),
        rejected: () => {},
        register: () => {},
      },
      ...options,
    })
    const stop = new AbortController()
    const running = cache.run(stop.signal)
    try {
      await cache.whenSynced(soon())
      await use(cache, failures, connection)
    } finally {
      stop.abort()
      await running
    }
  }

  const names = (cache: Cache<Widget>) => [...cache.values()].map(({ metadata }) => metadata.name).sort()
  const holds = (cache: Cache<Widget>, ...wanted: string[]) =>
    until(() => names(cache).join() === wanted.join(), {
      what: `the cache to hold ${wanted.join()}`,
      withinMs: 20_000,
      everyMs: 10,
    })

  for (const [title, server] of [
    ['by a streaming list', () => cluster.apiServer],
    ['by pages, where the server has no streaming lists', () => second],
  ] as const) {
    it(`lists and watches ${title}`, async () => {
      const of = `life-${title.length}`
      await create(`${of}-a`, { of })
      await withCache(of, server(), async (cache, failures) => {
        expect(names(cache)).to.deep.equal([`${of}-a`])
        await create(`${of}-b`, { of })
        await holds(cache, `${of}-a`, `${of}-b`)
        await patch(`${of}-a`, { spec: { size: 4 } })
        await until(() => cache.get(`default/${of}-a`)?.spec?.size === 4, {
          what: 'the update',
          withinMs: 5_000,
          everyMs: 10,
        })
        await remove(`${of}-a`)
        await holds(cache, `${of}-b`)
        expect(cache.get(`default/${of}-b`)?.metadata).not.to.have.property('managedFields')
        expect(failures).to.deep.equal([])
      })
    })
  }

  it('follows objects into its selection and out of it', async () => {
    await create('wanderer', { of: 'elsewhere' })
    await withCache('here', cluster.apiServer, async cache => {
      expect(names(cache)).to.deep.equal([])
      await patch('wanderer', { metadata: { labels: { of: 'here' } } })
      await holds(cache, 'wanderer')
      await patch('wanderer', { metadata: { labels: { of: 'elsewhere' } } })
      await holds(cache)
    })
  })

  it('tells of an object deleted and created again as of two', async () => {
    const { metadata } = await create('phoenix', { of: 'phoenix' })
    await withCache('phoenix', cluster.apiServer, async cache => {
      const told: string[] = []
      cache.subscribe(
        change => void told.push(`${change.kind} ${change.object.metadata.uid === metadata.uid ? 'first' : 'second'}`),
      )
      await remove('phoenix')
      await create('phoenix', { of: 'phoenix' })
      await until(() => told.includes('added second'), { what: 'the second one', withinMs: 5_000, everyMs: 10 })
      expect(told).to.deep.equal(['deleted first', 'added second'])
    })
  })

  it('has what it wrote at once, and tells it once', async () => {
    await create('own', { of: 'own' })
    await withCache('own', cluster.apiServer, async (cache, _, { client }) => {
      const told: string[] = []
      cache.subscribe(change => void told.push(`${change.kind} ${(change.object.spec as { size?: number }).size}`))
      for (const size of [1, 2, 3]) {
        const ref = { namespace: 'default', name: 'own' }
        const answer = await client.mergePatch(widgets, ref, { spec: { size } }, { signal: soon() })
        cache.observe(answer)
        expect(cache.get('default/own')?.metadata.resourceVersion).to.equal(answer.metadata.resourceVersion)
      }
      await create('marker', { of: 'own' })
      await until(() => cache.get('default/marker'), { what: 'the marker', withinMs: 5_000, everyMs: 10 })
      expect(told).to.deep.equal(['updated 1', 'updated 2', 'updated 3', 'added undefined'])
    })
  })

  it('is as fresh as the moment of the call after refresh', async () => {
    await withCache('fresh', cluster.apiServer, async cache => {
      for (const name of ['fresh-a', 'fresh-b', 'fresh-c']) {
        await create(name, { of: 'fresh' })
        await cache.refresh(soon())
        expect(names(cache)).to.include(name)
      }
    })
  })

  it('finds out everything after the server was away for long enough for its versions to expire', async () => {
    await create('away-a', { of: 'away' })
    await create('away-b', { of: 'away' })
    await withCache('away', cluster.apiServer, async (cache, failures) => {
      await cluster.apiServer.stop()
      await until(() => cache.state().phase === 'waiting', {
        what: 'the cache to notice',
        withinMs: 10_000,
        everyMs: 10,
      })
      expect(names(cache)).to.deep.equal(['away-a', 'away-b'])
      await remove('away-a')
      await create('away-c', { of: 'away' })
      await compacted(second)
      await cluster.apiServer.start()
      await holds(cache, 'away-b', 'away-c')
      expect(failures.some(isGone), 'some failure says that the version has expired').to.equal(true)
      expect(cache.state().phase).to.equal('watching')
    })
  })

  it('notices by silence that a server hangs, and goes on when it runs again', async () => {
    await create('silent-a', { of: 'silent' })
    const tuning = { minBackoffMs: 20, maxBackoffMs: 200, idleMs: 2_000 }
    await withCache(
      'silent',
      cluster.apiServer,
      async (cache, failures) => {
        await cluster.apiServer.pause()
        try {
          await until(() => failures.length > 0, { what: 'the silence to be noticed', withinMs: 10_000, everyMs: 10 })
          expect(failures[0]).to.include({ code: 'timeout' })
          await create('silent-b', { of: 'silent' })
        } finally {
          await cluster.apiServer.resume()
        }
        await holds(cache, 'silent-a', 'silent-b')
      },
      { tuning },
    )
  })

  it('waits for a kind that is not there yet', async () => {
    await using connection = connect(cluster.adminKubeconfig)
    const resource = { ...widgets, group: 'later.autonomy.example' }
    const cache = createCache<Widget>({
      client: connection.client,
      resource,
      trim: keep,
      clock: systemClock(),
      log: quiet,
      tuning: { minBackoffMs: 50, maxBackoffMs: 200 },
    })
    const stop = new AbortController()
    const running = cache.run(stop.signal)
    await until(() => cache.state().phase === 'waiting', { what: 'a failure', withinMs: 5_000, everyMs: 10 })
    await installWidgets(cluster, 'later.autonomy.example')
    await cache.whenSynced(soon())
    stop.abort()
    await running
  })

  /** Resolves once etcd has compacted what has been written up to now. */
  async function compacted(server: ApiServer): Promise<void> {
    await using connection = connect(await adminOf(server))
    const { resourceVersion } = await connection.client.list(widgets, { signal: soon(), limit: 1 })
    const path = '/apis/test.autonomy.example/v1/namespaces/default/widgets'
    const query = { resourceVersion, resourceVersionMatch: 'Exact', limit: 1 }
    await until(
      async () => {
        await create(`tick-${systemClock().now()}`)
        const answer = connection.transport.request({ method: 'GET', path, query, signal: soon() })
        return answer.then(
          () => undefined,
          (error: unknown) => isGone(error) || Promise.reject(error as Error),
        )
      },
      { what: 'a compaction', withinMs: 30_000, everyMs: 250 },
    )
  }
})
