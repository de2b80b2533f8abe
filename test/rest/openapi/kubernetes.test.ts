import { expect } from 'chai'
import { kubernetesDocument } from '../../../operator/rest/openapi/kubernetes.ts'

const PREFIX = '/apis/orchestrator.autonomyops.dev/v1'
const KIND = { group: 'orchestrator.autonomyops.dev', version: 'v1', kind: 'Rollout' }

type Named = { readonly name: string; readonly in: string; readonly required: boolean }
type Operation = {
  readonly operationId: string
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': typeof KIND
}
type Described = {
  readonly type?: unknown
  readonly description?: string
  readonly properties?: { readonly [name: string]: Described }
  readonly items?: Described
  readonly 'x-kubernetes-group-version-kind'?: readonly (typeof KIND)[]
}
type Document = {
  readonly paths: { readonly [path: string]: { readonly parameters?: readonly Named[]; readonly get: Operation } }
  readonly components: { readonly schemas: { readonly [name: string]: Described } }
}

const document = JSON.parse(JSON.stringify(kubernetesDocument())) as Document
const paths = Object.entries(document.paths)
const schemas = Object.values(document.components.schemas)

/** A schema and all within it, each with its place. */
function within(schema: Described, place = ''): (readonly [string, Described])[] {
  const { properties = {}, items } = schema
  return [
    [place, schema],
    ...Object.entries(properties).flatMap(([name, inner]) => within(inner, `${place}.${name}`)),
    ...(items === undefined ? [] : within(items, `${place}[]`)),
  ]
}

describe('OpenAPI document of the group', () => {
  it('has the resource at the paths at which kubectl looks for it', () => {
    expect(paths.map(([path]) => path)).to.have.members([
      `${PREFIX}/rollouts`,
      `${PREFIX}/rollouts/{name}`,
      `${PREFIX}/namespaces/{namespace}/rollouts`,
      `${PREFIX}/namespaces/{namespace}/rollouts/{name}`,
    ])
  })

  it('marks schema and operations with the kind, by which kubectl joins them', () => {
    const marked = schemas.filter(schema => schema['x-kubernetes-group-version-kind']?.[0]?.kind === 'Rollout')
    expect(marked.map(schema => schema['x-kubernetes-group-version-kind'])).to.deep.equal([[KIND]])
    for (const [path, { get }] of paths) {
      expect(get['x-kubernetes-group-version-kind'], path).to.deep.equal(KIND)
      expect(get['x-kubernetes-action'], path).to.equal(path.endsWith('{name}') ? 'get' : 'list')
    }
  })

  it('names each operation once', () => {
    const ids = paths.map(([, { get }]) => get.operationId)
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('declares each parameter of a path', () => {
    for (const [path, { parameters = [] }] of paths) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(
        parameters.map(({ name }) => name),
        path,
      ).to.deep.equal(names)
      for (const parameter of parameters) expect(parameter).to.include({ in: 'path', required: true })
    }
  })

  it('keeps to OpenAPI 3.0, in which a value has one type', () => {
    for (const [place, { type }] of schemas.flatMap(schema => within(schema))) expect(type, place).to.be.a('string')
  })

  it('explains every field of a rollout', () => {
    const rollout = document.components.schemas['dev.autonomyops.orchestrator.v1.Rollout'] ?? {}
    const fields = within(rollout).filter(([place]) => !place.endsWith('[]'))
    expect(fields.length).to.be.greaterThan(50)
    expect(fields.filter(([, { description = '' }]) => description === '').map(([place]) => place)).to.deep.equal([])
  })
})
