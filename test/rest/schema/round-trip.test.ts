import { expect } from 'chai'
import fc from 'fast-check'
import { planSpec } from '../../../operator/api/rollout-plan.ts'
import type { Schema } from '../../../operator/api/schema.ts'
import { createRequest } from '../../../operator/rest/schema/bodies.ts'
import { validateBody } from '../../../operator/rest/schema/check.ts'
import { fromSpec, snake, snakeSchema, toSpec } from '../../../operator/rest/schema/snake.ts'

/** Label keys that look like names of either convention: nothing may rename them. */
const LABEL_KEY = fc.constantFrom('ring', 'fleet.autonomyops.dev/release', 'match_labels', 'batchSize', 'a_b', 'A_b')

/** Any value that the schema takes. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('x-kubernetes-int-or-string' in schema)
    return fc.oneof(
      fc.integer({ min: schema.minimum, max: schema.maximum }),
      fc.integer({ min: 1, max: 100 }).map(percent => `${percent}%`),
    )
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 })
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'string':
      if (schema.enum) return fc.constantFrom(...schema.enum)
      if (schema.pattern === undefined) return fc.string({ minLength: schema.minLength ?? 0, maxLength: 12 })
      return fc.stringMatching(new RegExp(schema.pattern)).filter(text => text.length <= (schema.maxLength ?? 1_000))
    case 'array':
      return fc.array(valueOf(schema.items), { minLength: schema.minItems ?? 0, maxLength: 3 })
    case 'object': {
      if (!('properties' in schema)) return fc.dictionary(LABEL_KEY, valueOf(schema.additionalProperties))
      const properties = Object.entries(schema.properties).map(([name, inner]) => [name, valueOf(inner)] as const)
      return fc.record(Object.fromEntries(properties), {
        requiredKeys: [...(schema.required ?? [])],
        noNullPrototype: true,
      })
    }
  }
}

const spec = valueOf(planSpec)
const RUNS = { numRuns: 200 } as const

/** The values of every label map within a value, with their keys as they stand. */
function labelsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'matchLabels' || name === 'match_labels' ? [inner] : labelsIn(inner),
  )
}

describe('spec of a plan, in the names of the surface and back', () => {
  it('is what it was, whatever it holds', () => {
    fc.assert(
      fc.property(spec, value => {
        expect(toSpec(fromSpec(value))).to.deep.equal(value)
      }),
      RUNS,
    )
  })

  it('keeps the keys of labels, also those that look like names of fields', () => {
    let seen = 0
    fc.assert(
      fc.property(spec, value => {
        const labels = labelsIn(value)
        seen += labels.flatMap(map => Object.keys(map as object)).length
        expect(labelsIn(fromSpec(value))).to.deep.equal(labels)
      }),
      RUNS,
    )
    expect(seen).to.be.greaterThan(0)
  })

  it('is a body that a request to create a plan may have', () => {
    fc.assert(
      fc.property(spec, value => {
        expect(validateBody(createRequest, { plan_id: 'p', ...(fromSpec(value) as object) })).to.deep.equal([])
      }),
      RUNS,
    )
  })

  it('is told what is wrong with it 20 faults at a time', () => {
    const strange = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`strange_${index}`, index]))
    expect(validateBody(createRequest, { plan_id: 'p', ...strange })).to.have.lengthOf(20)
  })

  it('is refused in the names of the kind, each by its place', () => {
    fc.assert(
      fc.property(spec, value => {
        const wrong = validateBody(createRequest, { plan_id: 'p', ...(value as object) }).map(({ field }) => field)
        expect(wrong).to.include.members(['artifactRef', 'artifact_ref'])
      }),
      RUNS,
    )
  })

  it('leaves a key alone that no schema knows, so that no two keys become one', () => {
    expect(toSpec({ artifact_ref: 'a', some_thing: 1, stages: [{ id: 's', other_thing: 2 }] })).to.deep.equal({
      artifactRef: 'a',
      some_thing: 1,
      stages: [{ id: 's', other_thing: 2 }],
    })
    expect(fromSpec({ artifactRef: 'a', someThing: 1 })).to.deep.equal({ artifact_ref: 'a', someThing: 1 })
    expect(toSpec('text')).to.equal('text')
    expect(toSpec(undefined)).to.equal(undefined)
  })
})

describe('schema in the names of the surface', () => {
  it('gives no two fields one name', () => {
    const clashes = (schema: Schema): string[] => {
      if (!('type' in schema)) return []
      if (schema.type === 'array') return clashes(schema.items)
      if (schema.type !== 'object' || !('properties' in schema)) return []
      const names = Object.keys(schema.properties)
      const twice = names.filter((name, index) => names.map(snake).indexOf(snake(name)) !== index)
      return [...twice, ...Object.values(schema.properties).flatMap(clashes)]
    }
    expect(clashes(planSpec)).to.deep.equal([])
  })

  it('speaks of other fields in the same names', () => {
    const texts = JSON.stringify(snakeSchema(planSpec), (key, value: unknown) =>
      key.startsWith('x-kubernetes-') ? undefined : value,
    )
    expect(texts).to.include('beside match_labels')
    expect(texts).not.to.include('matchLabels')
  })
})
