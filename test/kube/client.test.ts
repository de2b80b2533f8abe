import { expect } from 'chai'
import { createClient } from '../../operator/kube/client.ts'
import type { ClientOptions } from '../../operator/kube/client.ts'
import { NotLeaderError } from '../../operator/kube/errors.ts'
import type { HttpRequest } from '../../operator/kube/http.ts'
import type { KubeObject } from '../../operator/kube/object.ts'
import { configMaps, defineResource, nodes, pods } from '../../operator/kube/resource.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

const signal = new AbortController().signal
const metadata = { name: 'a', namespace: 'fleet', uid: 'u', resourceVersion: '7', creationTimestamp: '' }

/** A client over a transport that keeps the requests and answers as told. */
function setUp(answer: (request: HttpRequest) => unknown = () => ({ metadata }), options: Partial<ClientOptions> = {}) {
  const requests: HttpRequest[] = []
  const transport: ClientOptions['transport'] = {
    request: async request => {
      requests.push(request)
      return answer(request)
    },
    stream: () => Promise.reject(new Error('not used here')),
    close: () => Promise.resolve(),
  }
  return { requests, client: createClient({ transport, clock: fakeClock(), ...options }) }
}

const plans = defineResource<{ readonly metadata: KubeObject['metadata']; readonly spec: { readonly n: number } }>({
  group: 'fleet.example.dev',
  version: 'v1',
  plural: 'plans',
  kind: 'Plan',
  namespaced: true,
})

describe('client', () => {
  it('gets an object, and says what it is where the wire does not', async () => {
    const { client, requests } = setUp(() => ({ metadata, spec: { n: 1 } }))
    const plan = await client.get(plans, { namespace: 'fleet', name: 'a' }, { signal, timeoutMs: 700 })
    expect(plan).to.deep.equal({ apiVersion: 'fleet.example.dev/v1', kind: 'Plan', metadata, spec: { n: 1 } })
    expect(requests[0]).to.include({
      method: 'GET',
      path: '/apis/fleet.example.dev/v1/namespaces/fleet/plans/a',
      timeoutMs: 700,
    })
  })

  it('creates an object from a draft that says neither version nor kind', async () => {
    const { client, requests } = setUp()
    await client.create(plans, { metadata: { namespace: 'fleet', generateName: 'a-' }, spec: { n: 1 } }, { signal })
    expect(requests[0]).to.deep.include({
      method: 'POST',
      path: '/apis/fleet.example.dev/v1/namespaces/fleet/plans',
      query: { fieldManager: 'autonomy-rollouts' },
      body: {
        apiVersion: 'fleet.example.dev/v1',
        kind: 'Plan',
        metadata: { namespace: 'fleet', generateName: 'a-' },
        spec: { n: 1 },
      },
    })
  })

  it('updates an object or its status, preconditioned on the version it has', async () => {
    const { client, requests } = setUp()
    await client.update(plans, { metadata, spec: { n: 2 } }, { signal })
    await client.update(plans, { metadata, spec: { n: 2 } }, { signal, subresource: 'status' })
    expect(requests.map(({ method, path }) => `${method} ${path.split('/').slice(6).join('/')}`)).to.deep.equal([
      'PUT plans/a',
      'PUT plans/a/status',
    ])
    expect(requests[0]?.body).to.have.nested.property('metadata.resourceVersion', '7')
  })

  it('patches with a merge patch that carries its preconditions', async () => {
    const { client, requests } = setUp(() => ({ metadata: { name: 'n' } }))
    const patch = { metadata: { labels: { a: null } } }
    await client.mergePatch(nodes, { name: 'n' }, patch, { signal, preconditions: { uid: 'u', resourceVersion: '7' } })
    await client.mergePatch(nodes, { name: 'n' }, { status: {} }, { signal, subresource: 'status', dryRun: true })
    expect(requests[0]).to.deep.include({
      method: 'PATCH',
      path: '/api/v1/nodes/n',
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { a: null }, uid: 'u', resourceVersion: '7' } },
    })
    expect(requests[1]).to.deep.include({
      path: '/api/v1/nodes/n/status',
      query: { fieldManager: 'autonomy-rollouts', dryRun: 'All' },
      body: { status: {} },
    })
  })

  it('deletes with preconditions, and sends a dry run where the server looks for it', async () => {
    const { client, requests } = setUp(() => ({ kind: 'Status' }))
    await client.delete(pods, { namespace: 'fleet', name: 'a' }, { signal, preconditions: { uid: 'u' }, dryRun: true })
    expect(requests[0]).to.deep.include({
      method: 'DELETE',
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'u' }, dryRun: ['All'] },
    })
  })

  it('lists one page', async () => {
    const { client, requests } = setUp(() => ({
      metadata: { resourceVersion: '9', continue: 'more' },
      items: [{ metadata }],
    }))
    const list = await client.list(configMaps, { signal, labelSelector: 'a=b', limit: 1 })
    expect(list.resourceVersion).to.equal('9')
    expect(list.continue).to.equal('more')
    expect(list.items[0]).to.deep.equal({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    expect(requests[0]).to.include({ path: '/api/v1/configmaps' })
    expect(requests[0]?.query).to.include({ labelSelector: 'a=b', limit: 1 })
  })

  it('takes a list of null, as Go writes an empty one, for empty', async () => {
    const { client } = setUp(() => ({ metadata: { resourceVersion: '9' }, items: null }))
    expect(await client.listAll(nodes, { signal })).to.deep.equal({ items: [], resourceVersion: '9' })
  })

  it('lists all pages, 500 at a time', async () => {
    const { client, requests } = setUp(({ query }) => ({
      metadata: { resourceVersion: '9', continue: query?.continue === undefined ? 'more' : '' },
      items: [{ metadata: { ...metadata, name: query?.continue === undefined ? 'a' : 'b' } }],
    }))
    const { items } = await client.listAll(configMaps, { signal, namespace: 'fleet' })
    expect(items.map(item => item.metadata.name)).to.deep.equal(['a', 'b'])
    expect(requests.map(({ query }) => [query?.limit, query?.continue])).to.deep.equal([
      [500, undefined],
      [500, 'more'],
    ])
  })

  for (const [title, answer] of [
    ['no object', 'text'],
    ['no metadata', {}],
    ['nothing', undefined],
  ] as const) {
    it(`rejects an answer with ${title}`, async () => {
      const outcome = await setUp(() => answer)
        .client.get(nodes, { name: 'n' }, { signal })
        .catch((error: unknown) => error)
      expect(outcome).to.include({ name: 'TransportError', code: 'bad_response' })
    })
  }

  it('rejects a list without items or without a version', async () => {
    for (const answer of [{ metadata: { resourceVersion: '1' } }, { metadata: {}, items: [] }, { items: [] }]) {
      const outcome = await setUp(() => answer)
        .client.list(nodes, { signal })
        .catch((error: unknown) => error)
      expect(outcome).to.include({ code: 'bad_response' })
    }
  })

  it('asks before every write, and sends nothing when told not to', async () => {
    const beforeWrite = () => {
      throw new NotLeaderError('not I')
    }
    const { client, requests } = setUp(undefined, { beforeWrite })
    const ref = { namespace: 'fleet', name: 'a' }
    const writes = [
      () => client.create(plans, { metadata: { namespace: 'fleet' }, spec: { n: 1 } }, { signal }),
      () => client.update(plans, { metadata, spec: { n: 1 } }, { signal }),
      () => client.mergePatch(plans, ref, {}, { signal }),
      () => client.delete(plans, ref, { signal }),
    ]
    for (const write of writes) {
      expect(await write().catch((error: unknown) => error)).to.include({ code: 'not_leader' })
    }
    expect(requests).to.deep.equal([])
    await client.get(plans, ref, { signal })
    expect(requests).to.have.length(1)
  })

  it('refuses a namespaced object without its namespace before anything is sent', async () => {
    const { client, requests } = setUp()
    expect(
      await client.create(plans, { metadata: {}, spec: { n: 1 } }, { signal }).catch((e: unknown) => e),
    ).to.be.instanceOf(TypeError)
    expect(requests).to.deep.equal([])
  })
})
