import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { description } from '../../../operator/rest/openapi/description.ts'
import { routesOf } from '../../../operator/rest/resources/routes.ts'
import type { Sight } from '../../../operator/rest/sight.ts'
import type { Surface } from '../../../operator/rest/surface.ts'

const FILE = join(import.meta.dirname, '../../../docs/openapi.json')

type Content = { readonly [type: string]: { readonly schema: { readonly $ref: string }; readonly example: unknown } }
type Operation = {
  readonly operationId: string
  readonly parameters?: readonly { readonly $ref: string }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: { readonly [code: string]: { readonly content?: Content; readonly $ref?: string } }
}
type Description = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: { readonly [name: string]: object } }
}

const described = JSON.parse(JSON.stringify(description())) as Description
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

describe('OpenAPI description', () => {
  it('is the one in docs/: npm run openapi writes it', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).to.deep.equal(described)
  })

  it('describes every route that is served, in both forms, and no other', () => {
    const served = routesOf({} as Surface, {} as Sight).flatMap(({ method, pattern }) =>
      ['/v1', '/v1/namespaces/:namespace'].map(prefix => `${method} ${prefix}${pattern}`),
    )
    const plain = (path: string) => path.replaceAll(/\{(plan|stage)_id\}/g, ':$1').replaceAll(/\{(\w+)\}/g, ':$1')
    const told = operations.map(({ method, path }) => `${method.toUpperCase()} ${plain(path)}`)
    expect(told.filter(line => line !== 'GET /v1/health')).to.have.members(served)
  })

  it('names each operation once, and each parameter of a path', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).to.equal(ids.length)
    for (const { path, operation } of operations) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `#/components/parameters/${name}`)
      expect(
        (operation.parameters ?? []).map(({ $ref }) => $ref),
        path,
      ).to.include.members(names)
    }
  })

  it('refers to nothing that is not there', () => {
    const at = (ref: string) =>
      ref
        .slice(2)
        .split('/')
        .reduce<unknown>((value, key) => (value as { readonly [key: string]: unknown } | undefined)?.[key], described)
    const refs = [...JSON.stringify(described).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '')
    expect(refs.length).to.be.greaterThan(100)
    for (const ref of refs) expect(at(ref), ref).to.be.an('object')
  })

  it('has an example of every body, which its schema takes', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    let bodies = 0
    for (const { path, operation } of operations) {
      const contents = [
        operation.requestBody?.content,
        ...Object.values(operation.responses).map(({ content }) => content),
      ]
      for (const { schema, example } of contents.flatMap(content => Object.values(content ?? {}))) {
        const name = schema.$ref.split('/').at(-1) ?? ''
        const validate = ajv.compile(described.components.schemas[name] ?? {})
        expect(validate(example), `${operation.operationId} ${path}: ${JSON.stringify(validate.errors)}`).to.equal(true)
        bodies += 1
      }
    }
    expect(bodies).to.be.greaterThan(30)
  })

  it('describes each field', () => {
    const blank = (schema: unknown, path: string): string[] => {
      const { properties = {}, items } = schema as {
        readonly properties?: { readonly [name: string]: { readonly description?: string } }
        readonly items?: object
      }
      return [
        ...Object.entries(properties).flatMap(([name, field]) => [
          ...(field.description ? [] : [`${path}.${name}`]),
          ...blank(field, `${path}.${name}`),
        ]),
        ...(items === undefined ? [] : blank(items, `${path}[]`)),
      ]
    }
    const found = Object.entries(described.components.schemas).flatMap(([name, schema]) => blank(schema, name))
    expect(found).to.deep.equal([])
  })
})
