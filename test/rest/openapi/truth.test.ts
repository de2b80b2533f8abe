import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { description } from '../../../operator/rest/openapi/description.ts'
import { manifest } from '../../../operator/rest/openapi/manifest.ts'

type Header = { readonly $ref: string }
type Response = {
  readonly headers?: { readonly [name: string]: Header }
  readonly content?: { readonly [type: string]: { readonly example: { readonly code?: number } } }
}
type Operation = {
  readonly operationId: string
  readonly parameters?: readonly { readonly $ref: string }[]
  readonly requestBody?: unknown
  readonly responses: { readonly [status: string]: Response & { readonly $ref?: string } }
}
type Description = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: {
    readonly schemas: { readonly [name: string]: object }
    readonly responses: { readonly [name: string]: Response }
    readonly parameters: { readonly [name: string]: { readonly in: string; readonly schema: object } }
  }
}

const { paths, components } = JSON.parse(JSON.stringify(description())) as Description
const operations = Object.values(paths).flatMap(methods => Object.values(methods))
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
const parameter = (name: string) => ajv.compile(components.parameters[name]?.schema ?? false)

describe('OpenAPI description', () => {
  it('is written as the formatter would have it, so that generating it again changes nothing', async () => {
    const file = readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')
    expect(await manifest()).to.equal(file)
  })

  it('shows under each error status an answer of that status, which is an Error', () => {
    const validate = ajv.compile(components.schemas['Error'] ?? false)
    for (const { operationId, responses } of operations)
      for (const [status, { $ref }] of Object.entries(responses)) {
        if ($ref === undefined) continue
        const example = components.responses[$ref.split('/').at(-1) ?? '']?.content?.['application/json']?.example
        expect(example?.code, `${operationId} ${status}`).to.equal(Number(status))
        expect(validate(example), JSON.stringify(validate.errors)).to.equal(true)
      }
  })

  it('tells of every operation what refuses it before it is looked at', () => {
    for (const { operationId, responses } of operations.filter(({ operationId }) => operationId !== 'getHealth'))
      expect(Object.keys(responses), operationId).to.include.members(['400', '401', '403', '404', '405', '429', '503'])
  })

  it('tells of everything with a body how the body is refused, and of everything that reads how it has not changed', () => {
    for (const { operationId, requestBody, parameters = [], responses } of operations) {
      const conditional = parameters.some(({ $ref }) => $ref.endsWith('/If-None-Match'))
      if (requestBody !== undefined)
        expect(Object.keys(responses), operationId).to.include.members(['409', '413', '415', '422'])
      expect('304' in responses, operationId).to.equal(conditional)
      if (conditional) expect(responses['200']?.headers, operationId).to.have.property('ETag')
    }
  })

  it('says where a new plan is, and when to come back', () => {
    const created = operations.filter(({ responses }) => '201' in responses)
    expect(created.map(({ operationId }) => operationId)).to.deep.equal(['createRollout', 'createRolloutInNamespace'])
    for (const { responses } of created) expect(responses['201']?.headers).to.have.property('Location')
    for (const status of [429, 503, 504])
      expect(components.responses[`Error${status}`]?.headers, String(status)).to.have.property('Retry-After')
  })

  it('names stages in no answer but that of skip_failed', () => {
    const examples = operations.flatMap(({ operationId, responses }) =>
      Object.values(responses['200']?.content ?? {}).map(({ example }) => ({ operationId, example })),
    )
    const naming = examples.filter(({ example }) => 'skipped_stage_id' in example || 'next_stage_id' in example)
    expect(naming.map(({ operationId }) => operationId)).to.deep.equal(['recoverRollout', 'recoverRolloutInNamespace'])
  })

  for (const [name, good, bad] of [
    ['X-Autonomy-Operator', ['alice', 'Night Shift, hall 3', 'a'.repeat(256)], ['', ' alice', 'a\nb', 'a'.repeat(257)]],
    ['Idempotency-Key', ['7c1e', '{"run": 5}'], ['', 'a\u0000b']],
    ['If-None-Match', ['"abc"', 'W/"abc", "def"', '*', ''], [1]],
    ['continue', ['', 'djEgcGxhbi1h', 'a_b-c'], ['a b', 'a/b', 'a'.repeat(513)]],
    [
      'fieldSelector',
      ['', 'metadata.name=plan-a', 'metadata.name==plan-a'],
      ['status.phase=active', 'metadata.name!=a'],
    ],
    ['threshold_seconds', [0, 3_600], [-1, 1.5, 'soon']],
    ['phase', ['active', 'rolled_back'], ['stuck', '']],
  ] as const)
    it(`takes for ${name} what the server takes`, () => {
      const validate = parameter(name)
      for (const value of good) expect(validate(value), JSON.stringify(value)).to.equal(true)
      for (const value of bad) expect(validate(value), JSON.stringify(value)).to.equal(false)
    })
})
