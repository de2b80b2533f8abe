import { expect } from 'chai'
import { documents } from '../../../operator/rest/discovery/documents.ts'
import type { Entity } from '../../../operator/rest/entity.ts'
import { routesOf } from '../../../operator/rest/resources/routes.ts'
import type { Sight } from '../../../operator/rest/sight.ts'
import type { Surface } from '../../../operator/rest/surface.ts'

const GROUP = 'orchestrator.autonomyops.dev'
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

type Kind = { readonly group: string; readonly version: string; readonly kind: string }
type Advertised = { readonly verbs: readonly string[]; readonly responseKind?: Kind }
type Resource = Advertised & {
  readonly resource: string
  readonly scope: string
  readonly singularResource: string
  readonly subresources: readonly (Advertised & { readonly subresource: string })[]
}
type DiscoveryList = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly versions: readonly {
      readonly version: string
      readonly freshness: string
      readonly resources: readonly Resource[]
    }[]
  }[]
}
type LegacyList = {
  readonly groupVersion: string
  readonly resources: readonly (Kind & {
    readonly name: string
    readonly singularName: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  })[]
}

const served = documents()

/** What a reader of the path gets who accepts this. */
function entityAt(path: string, accept?: string): Entity {
  const document = served.get(path)
  if (!document) throw new Error(`there is no document at ${path}`)
  return 'entity' in document ? document.entity : document.choose(accept)
}

function bodyAt<T>(path: string, accept?: string): T {
  return JSON.parse(entityAt(path, accept).bytes.toString('utf8')) as T
}

const aggregated = bodyAt<DiscoveryList>('/apis', AGGREGATED)
const legacy = bodyAt<LegacyList>(`/apis/${GROUP}/v1`)
const rollouts = aggregated.items[0]?.versions[0]?.resources[0]

/** Every resource and subresource with its verbs, as the aggregated form has them. */
const advertised = new Map<string, Advertised>(
  rollouts === undefined
    ? []
    : [['rollouts', rollouts], ...rollouts.subresources.map(sub => [`rollouts/${sub.subresource}`, sub] as const)],
)

describe('aggregated discovery', () => {
  it('is chosen by what the API server accepts, and says so in its content type', () => {
    for (const accept of [
      AGGREGATED,
      `${AGGREGATED},application/json`,
      `application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,${AGGREGATED},application/json`,
      'application/json; as=APIGroupDiscoveryList; v=v2; g=apidiscovery.k8s.io',
    ])
      expect(entityAt('/apis', accept).contentType, accept).to.equal(AGGREGATED)
    expect(aggregated).to.include({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' })
  })

  it('is not given to who asks for another form', () => {
    for (const accept of [
      undefined,
      '',
      '*/*',
      'application/json',
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    ]) {
      expect(entityAt('/apis', accept).contentType, accept).to.equal('application/json')
      expect(bodyAt('/apis', accept), accept).to.include({ kind: 'APIGroupList' })
    }
  })

  it('is about one version of one group, which is current', () => {
    expect(aggregated.items.map(({ metadata }) => metadata.name)).to.deep.equal([GROUP])
    expect(aggregated.items[0]?.versions).to.have.lengthOf(1)
    expect(aggregated.items[0]?.versions[0]).to.include({ version: 'v1', freshness: 'Current' })
    expect(aggregated.items[0]?.versions[0]?.resources).to.have.lengthOf(1)
  })

  it('names the kind of every answer: clients crash without it', () => {
    expect(advertised.size).to.be.greaterThan(1)
    for (const [name, { responseKind }] of advertised)
      expect(responseKind, name).to.deep.equal({ group: GROUP, version: 'v1', kind: 'Rollout' })
  })

  it('has rollouts in namespaces, and neither short names nor categories, which others use', () => {
    expect(rollouts).to.include({ resource: 'rollouts', scope: 'Namespaced', singularResource: 'rollout' })
    expect(rollouts).not.to.have.any.keys('shortNames', 'categories')
  })
})

describe('what discovery advertises', () => {
  it('draws in neither the garbage collector, nor the namespace controller, nor quota', () => {
    for (const [name, { verbs }] of advertised) {
      expect(verbs, name).not.to.include.any.members(['delete', 'deletecollection', 'watch', 'update', 'patch'])
      expect(verbs, name).not.to.deep.equal([])
    }
  })

  it('is what is served: each subresource with the verbs of its routes', () => {
    const verbs = new Map<string, Set<string>>()
    for (const { method, pattern } of routesOf({} as Surface, {} as Sight)) {
      const [, , name, subresource] = pattern.split('/')
      if (name !== ':plan' || subresource === undefined) continue
      const known = verbs.get(`rollouts/${subresource}`) ?? new Set()
      verbs.set(`rollouts/${subresource}`, known.add(method === 'GET' ? 'get' : 'create'))
    }
    const told = [...advertised].filter(([name]) => name !== 'rollouts')
    expect(new Map(told.map(([name, sub]) => [name, new Set(sub.verbs)]))).to.deep.equal(verbs)
    expect(advertised.get('rollouts')?.verbs).to.have.members(['get', 'list', 'create'])
  })

  it('is the same in the older form, with group and version of each resource', () => {
    expect(legacy).to.include({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${GROUP}/v1` })
    expect(new Map(legacy.resources.map(({ name, verbs }) => [name, verbs]))).to.deep.equal(
      new Map([...advertised].map(([name, { verbs }]) => [name, verbs])),
    )
    for (const resource of legacy.resources)
      expect(resource, resource.name).to.include({ namespaced: true, kind: 'Rollout', group: GROUP, version: 'v1' })
    expect(legacy.resources.find(({ name }) => name === 'rollouts')?.singularName).to.equal('rollout')
  })

  it('is in the group that the group documents name', () => {
    const version = { groupVersion: `${GROUP}/v1`, version: 'v1' }
    const group = { name: GROUP, versions: [version], preferredVersion: version }
    expect(bodyAt(`/apis/${GROUP}`)).to.deep.equal({ kind: 'APIGroup', apiVersion: 'v1', ...group })
    expect(bodyAt('/apis')).to.deep.equal({ kind: 'APIGroupList', apiVersion: 'v1', groups: [group] })
  })
})

describe('documents served from memory', () => {
  it('are all that the API server asks for: it remembers a 404', () => {
    const asked = ['/apis', `/apis/${GROUP}`, `/apis/${GROUP}/v1`, '/openapi/v2', '/openapi/v3']
    expect([...served.keys()]).to.include.members(asked)
  })

  it('have strong tags, which differ where the bytes do', () => {
    const entities = [...served.keys()].flatMap(path => [entityAt(path), entityAt(path, AGGREGATED)])
    const bytesOf = new Map<string, string>()
    for (const { etag, bytes } of entities) {
      expect(etag).to.match(/^"[\w-]+"$/)
      const text = bytes.toString('utf8')
      expect(bytesOf.get(etag) ?? text, etag).to.equal(text)
      bytesOf.set(etag, text)
    }
    expect(new Set(bytesOf.values()).size).to.equal(bytesOf.size)
    expect(bytesOf.size).to.be.greaterThan(6)
  })

  it('are the same in every replica and after every start', () => {
    const again = documents()
    for (const [path, document] of again) {
      const { etag } = 'entity' in document ? document.entity : document.choose(AGGREGATED)
      expect(etag, path).to.equal(entityAt(path, AGGREGATED).etag)
    }
  })

  it('lead from the root of OpenAPI v3 to the document of the group, by its hash', () => {
    const root = bodyAt<{ readonly paths: { readonly [path: string]: { readonly serverRelativeURL: string } } }>(
      '/openapi/v3',
    )
    expect(Object.keys(root.paths)).to.deep.equal([`apis/${GROUP}/v1`])
    const [path = '', hash = ''] = root.paths[`apis/${GROUP}/v1`]?.serverRelativeURL.split('?hash=') ?? []
    expect(bodyAt(path)).to.include({ openapi: '3.0.0' })
    expect(`"${hash}"`).to.equal(entityAt(path).etag)
  })

  it('have an OpenAPI v2 that is empty: a 404 there would stop the API server from asking again', () => {
    expect(bodyAt('/openapi/v2')).to.include({ swagger: '2.0' }).and.to.deep.include({ paths: {}, definitions: {} })
  })
})
