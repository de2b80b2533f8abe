import { expect } from 'chai'
import fc from 'fast-check'
import { planSpec } from '../../../operator/api/rollout-plan.ts'
import type { ObjectSchema } from '../../../operator/api/schema.ts'
import { failureExamples } from '../../../operator/rest/openapi/failures.ts'
import * as examples from '../../../operator/rest/openapi/examples.ts'
import * as bodies from '../../../operator/rest/schema/bodies.ts'
import { checked } from '../../../operator/rest/schema/check.ts'
import { fromSpec, snake, snakePath, snakeSchema, toSpec } from '../../../operator/rest/schema/snake.ts'
import { refusal } from '../failing.ts'

describe('names of the surface', () => {
  it('are those of the kinds in snake_case, at any depth', () => {
    const names = (schema: object): string[] =>
      Object.entries(schema).flatMap(([key, value]) => [
        ...(key === 'properties' ? Object.keys(value as object) : []),
        ...(typeof value === 'object' && value !== null ? names(value as object) : []),
      ])
    const kinds = names(planSpec)
    expect(names(snakeSchema(planSpec))).to.deep.equal(kinds.map(snake))
    expect(kinds.some(name => name !== snake(name))).to.equal(true)
  })

  it('come back as they were, and keys of labels are not touched', () => {
    const label = fc.constantFrom('ring', 'fleet.autonomyops.dev/release', 'snake_case', 'camelCase', 'A_b')
    const labels = fc.dictionary(label, fc.string())
    const spec = fc.record({
      artifactRef: fc.string(),
      fleet: fc.record({ selector: fc.record({ matchLabels: labels }) }),
      stages: fc.array(
        fc.record({ id: fc.string(), batchSize: fc.nat(), gates: fc.array(fc.record({ minPercent: fc.nat() })) }),
      ),
    })
    fc.assert(
      fc.property(spec, value => {
        expect(toSpec(fromSpec(value))).to.deep.equal(value)
        const written = fromSpec(value) as { readonly fleet: { readonly selector: { readonly match_labels: object } } }
        expect(written.fleet.selector.match_labels).to.deep.equal(value.fleet.selector.matchLabels)
      }),
    )
  })

  it('are used where the API server names a place', () => {
    expect(snakePath('spec.stages[0].batchSize')).to.equal('stages[0].batch_size')
    expect(snakePath('metadata.name')).to.equal('plan_id')
    expect(snakePath('spec')).to.equal('(the body)')
  })
})

describe('check of a body', () => {
  const create = (change: (body: Record<string, unknown>) => void) => {
    const body = structuredClone(examples.create) as unknown as Record<string, unknown>
    change(body)
    return refusal(() => checked(bodies.createRequest, body))
  }

  for (const [what, change, message] of [
    ['a missing field', (body: Record<string, unknown>) => delete body['artifact_ref'], 'artifact_ref is missing'],
    ['a wrong type', (body: Record<string, unknown>) => (body['stages'] = {}), 'stages must be array'],
    [
      'a wrong type deep inside',
      (body: Record<string, unknown>) =>
        (body['stages'] = [{ id: 's', nodes: {}, gates: [{ kind: 'manual', approvals: 'two' }] }]),
      'stages[0].gates[0].approvals must be integer',
    ],
    [
      'a word that is none of those known',
      (body: Record<string, unknown>) => (body['activation'] = { confirm: { kind: 'pods' } }),
      'activation.confirm.kind must be one of pod, annotation, ready',
    ],
    [
      'the name of the kind',
      (body: Record<string, unknown>) => (body['artifactRef'] = 'x'),
      'artifactRef is not known; did you mean artifact_ref?',
    ],
    [
      'a slip of the finger',
      (body: Record<string, unknown>) => (body['stages'] = [{ id: 's', nodes: {}, max_failure: 1 }]),
      'stages[0].max_failure is not known; did you mean max_failures?',
    ],
    [
      'a bound',
      (body: Record<string, unknown>) => (body['stuck_after_seconds'] = 0),
      'stuck_after_seconds must be >= 1',
    ],
  ] as const)
    it(`names ${what} and its place`, () => {
      const { code, error, message: said, causes } = create(change as (body: Record<string, unknown>) => void)
      expect({ code, error }).to.deep.equal({ code: 422, error: 'invalid_request' })
      expect(said).to.include(message)
      expect(causes?.length).to.be.at.least(1)
    })

  it('names every place at once', () => {
    const { causes } = refusal(() => checked(bodies.recoverRequest, { strategy: 'undo', force: true }))
    expect(causes?.map(({ field }) => field)).to.have.members(['reason', 'force', 'strategy'])
  })

  it('asks for a body where there is none', () => {
    expect(refusal(() => checked(bodies.recoverRequest, undefined)).message).to.include(
      'is missing: send a JSON object',
    )
  })

  it('takes neither __proto__ nor constructor for a field that it knows', () => {
    const body = JSON.parse('{"strategy":"retry","reason":"x","__proto__":{"admin":true},"constructor":1}') as unknown
    expect(refusal(() => checked(bodies.recoverRequest, body)).causes?.map(({ field }) => field)).to.have.members([
      '__proto__',
      'constructor',
    ])
  })

  it('takes DeleteOptions as kubectl sends them, and bounds what it passes over', () => {
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'], propagationPolicy: 'Background' }
    expect(checked(bodies.deleteRequest, options)).to.equal(options)
    const wrong = { dryRun: ['Some'], gracePeriodSeconds: 2 ** 63 }
    expect(refusal(() => checked(bodies.deleteRequest, wrong)).message).to.include('dryRun[0] must be All')
    expect(refusal(() => checked(bodies.deleteRequest, wrong)).message).to.include(
      'gracePeriodSeconds must be <= 9007199254740991',
    )
  })

  it('wants words as a reason', () => {
    for (const reason of ['', '   ', 'x'.repeat(1025)])
      expect(refusal(() => checked(bodies.reasonRequest, { reason })).causes?.[0]?.field).to.equal('reason')
  })

  for (const [name, schema, example] of [
    ['rollout', bodies.rollout, examples.rollout],
    ['list', bodies.rolloutList, examples.list],
    ['stuck', bodies.stuckReport, examples.stuck],
    ['create', bodies.createRequest, examples.create],
    ['recover', bodies.recoverRequest, examples.recover],
    ['recovery', bodies.recoverAnswer, examples.recovery],
    ['report', bodies.reportRequest, examples.report],
    ['what a report came to', bodies.recoverAnswer, examples.reported],
    ['gates', bodies.gateReport, examples.gates],
    ['approval', bodies.approveAnswer, examples.approval],
    ['nodes', bodies.nodeReport, examples.nodes],
    ['history', bodies.historyReport, examples.history],
    ...failureExamples().map(answer => [`error ${answer.code}`, bodies.errorAnswer, answer] as const),
  ] as const satisfies readonly (readonly [string, ObjectSchema, object])[])
    it(`takes the example of ${name}`, () => {
      expect(checked(schema, example)).to.equal(example)
    })
})
