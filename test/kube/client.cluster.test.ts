import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'chai'
import * as errors from '../../operator/kube/errors.ts'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import { configMaps, defineResource, nodes } from '../../operator/kube/resource.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import { serverClock, systemClock } from '../../operator/runtime/clock.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connect, installWidgets, soon, widgets } from './cluster-scene.ts'
import type { Connection } from './cluster-scene.ts'

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )

describe('client, against a real API server', () => {
  let cluster: Cluster
  let admin: Connection
  before(async () => {
    cluster = await startCluster()
    admin = connect(cluster.adminKubeconfig)
    await installWidgets(cluster)
  })
  after(async () => {
    await admin?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const draft = (name: string, spec: object = {}) => ({ metadata: { namespace: 'default', name }, spec })
  const ref = (name: string) => ({ namespace: 'default', name })

  it('creates, reads, updates, patches and deletes', async () => {
    const { client } = admin
    const created = await client.create(widgets, draft('life', { size: 1 }), { signal: soon() })
    expect(created.metadata.uid).to.match(/^[0-9a-f-]{36}$/)
    const updated = await client.update(widgets, { ...created, spec: { size: 2 } }, { signal: soon() })
    const patched = await client.mergePatch(widgets, ref('life'), { spec: { text: 'x' } }, { signal: soon() })
    expect(patched.spec).to.deep.equal({ size: 2, text: 'x' })
    expect(errors.isConflict(await failure(client.update(widgets, updated, { signal: soon() })))).to.equal(true)
    await client.delete(widgets, ref('life'), { signal: soon() })
    expect(errors.isNotFound(await failure(client.get(widgets, ref('life'), { signal: soon() })))).to.equal(true)
  })

  it('writes the status only where it is asked to', async () => {
    const { client } = admin
    const created = await client.create(widgets, draft('status', { size: 1 }), { signal: soon() })
    const both = { ...created, spec: { size: 5 }, status: { phase: 'active' } }
    const updated = await client.update(widgets, both, { signal: soon(), subresource: 'status' })
    expect([updated.spec, updated.status]).to.deep.equal([{ size: 1 }, { phase: 'active' }])
    const patch = { spec: { size: 6 }, status: { phase: 'paused' } }
    const patched = await client.mergePatch(widgets, ref('status'), patch, { signal: soon(), subresource: 'status' })
    expect([patched.spec, patched.status]).to.deep.equal([{ size: 1 }, { phase: 'paused' }])
  })

  it('refuses a patch or a deletion whose preconditions do not hold', async () => {
    const { client } = admin
    const { metadata } = await client.create(widgets, draft('careful'), { signal: soon() })
    const stale = { resourceVersion: '1' }
    const other = { uid: '00000000-0000-0000-0000-000000000000' }
    const patch = (preconditions: object) =>
      failure(client.mergePatch(widgets, ref('careful'), { spec: { size: 9 } }, { signal: soon(), preconditions }))
    const remove = (preconditions: object) =>
      failure(client.delete(widgets, ref('careful'), { signal: soon(), preconditions }))
    expect(errors.isConflict(await patch(stale))).to.equal(true)
    expect(errors.isConflict(await patch(other))).to.equal(true)
    expect(errors.isConflict(await remove(stale))).to.equal(true)
    expect(errors.isConflict(await remove(other))).to.equal(true)
    const { uid, resourceVersion } = metadata
    expect(await patch({ uid, resourceVersion })).to.equal('it did not fail')
    expect(await remove({ uid })).to.equal('it did not fail')
  })

  it('refuses a patch of a node that was replaced by another of its name', async () => {
    const { client } = admin
    const labels = (preconditions: object) =>
      client.mergePatch(
        nodes,
        { name: 'robot' },
        { metadata: { labels: { a: 'b' } } },
        { signal: soon(), preconditions },
      )
    const { metadata } = await client.create(nodes, { metadata: { name: 'robot' } }, { signal: soon() })
    await client.delete(nodes, { name: 'robot' }, { signal: soon() })
    const next = await client.create(nodes, { metadata: { name: 'robot' } }, { signal: soon() })
    expect(errors.isConflict(await failure(labels({ uid: metadata.uid })))).to.equal(true)
    expect((await labels({ uid: next.metadata.uid })).metadata.labels).to.deep.equal({ a: 'b' })
  })

  it('stores nothing in a dry run', async () => {
    const { client } = admin
    await client.create(widgets, draft('dry'), { signal: soon(), dryRun: true })
    expect(errors.isNotFound(await failure(client.get(widgets, ref('dry'), { signal: soon() })))).to.equal(true)
    await client.create(widgets, draft('dry'), { signal: soon() })
    await client.delete(widgets, ref('dry'), { signal: soon(), dryRun: true })
    await client.mergePatch(widgets, ref('dry'), { spec: { size: 3 } }, { signal: soon(), dryRun: true })
    expect((await client.get(widgets, ref('dry'), { signal: soon() })).spec).to.deep.equal({})
  })

  it('tells a missing object from a kind that is not served', async () => {
    const { client } = admin
    const gadgets = defineResource({
      group: 'nowhere.example',
      version: 'v1',
      plural: 'gadgets',
      kind: 'Gadget',
      namespaced: true,
    })
    const missing = await failure(client.get(widgets, ref('nobody'), { signal: soon() }))
    const unknown = await failure(client.get(gadgets, ref('nobody'), { signal: soon() }))
    expect([errors.isNotFound(missing), errors.isNotServed(missing)]).to.deep.equal([true, false])
    expect([errors.isNotFound(unknown), errors.isNotServed(unknown)]).to.deep.equal([false, true])
  })

  it('tells an object that exists from a conflict', async () => {
    const { client } = admin
    await client.create(widgets, draft('twice'), { signal: soon() })
    const error = await failure(client.create(widgets, draft('twice'), { signal: soon() }))
    expect([errors.isAlreadyExists(error), errors.isConflict(error)]).to.deep.equal([true, false])
  })

  it('calls permanent what will never be accepted: a schema violation, and each way of being too large', async () => {
    const { client } = admin
    const invalid = draft('invalid', { size: 'large' })
    const tooLarge = [1.7, 2.5, 4].map(size => draft('large', { text: 'x'.repeat(size * 1024 * 1024) }))
    const codes: unknown[] = []
    for (const object of [invalid, ...tooLarge]) {
      const error = await failure(client.create(widgets, object as never, { signal: soon() }))
      expect(errors.isPermanent(error), String(error)).to.equal(true)
      codes.push((error as errors.ApiError).code)
    }
    expect(codes).to.deep.equal([422, 500, 500, 413])
  })

  it('lists in pages that belong together', async () => {
    const { client } = admin
    for (let index = 0; index < 5; index += 1) {
      const metadata = { namespace: 'default', name: `page-${index}`, labels: { page: 'yes' } }
      await client.create(configMaps, { metadata }, { signal: soon() })
    }
    const options = { signal: soon(), namespace: 'default', labelSelector: 'page=yes' }
    const first = await client.list(configMaps, { ...options, limit: 2 })
    await client.delete(configMaps, ref('page-4'), { signal: soon() })
    const rest = await client.list(configMaps, {
      ...options,
      ...(first.continue === undefined ? {} : { continue: first.continue }),
    })
    expect([...first.items, ...rest.items].map(item => item.metadata.name)).to.deep.equal(
      [0, 1, 2, 3, 4].map(n => `page-${n}`),
    )
    expect(rest.resourceVersion).to.equal(first.resourceVersion)
    expect(first.items[0]).to.include({ apiVersion: 'v1', kind: 'ConfigMap' })
    expect((await client.listAll(configMaps, options)).items).to.have.length(4)
  })

  it('says who may not do what', async () => {
    await using stranger = connect(await cluster.clientFor({ user: 'stranger' }))
    const error = await failure(stranger.client.list(nodes, { signal: soon() }))
    expect(errors.isForbidden(error)).to.equal(true)
    expect(errors.isPermanent(error)).to.equal(false)
  })

  it('uses a token as soon as it is readable, when the one it had was refused', async () => {
    await cluster.request('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'operator' } })
    const account = await cluster.clientForServiceAccount({ namespace: 'default', name: 'operator' })
    const good = await readFile(account.tokenFile, 'utf8')
    await writeFile(account.tokenFile, 'not.a.token')
    await using connection = connect(account.kubeconfig)
    const get = () => failure(connection.client.get(widgets, ref('nobody'), { signal: soon() }))
    expect(await get()).to.include({ code: 401 })
    await writeFile(account.tokenFile, good)
    await systemClock().sleep(1_000, soon())
    expect(await get()).to.include({ code: 403 })
  })

  it("learns the API server's time, though its own wall clock is an hour off", async () => {
    const system = systemClock()
    const wrong = { ...system, now: () => system.now() + 3_600_000 }
    const clock = serverClock(wrong)
    const transport = createTransport({
      config: loadClusterConfig({ clock, kubeconfig: cluster.adminKubeconfig }),
      clock,
      observe: clock.observe,
    })
    for (let request = 0; request < 5; request += 1) {
      await transport.request({ method: 'GET', path: '/version', signal: soon() })
    }
    await transport.close()
    expect(Math.abs(clock.now() - system.now())).to.be.below(1_500)
  })
})
