import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { planSpec } from '../../operator/api/rollout-plan.ts'
import type { Schema } from '../../operator/api/schema.ts'
import { ROOT } from './file.ts'

/** The names of all fields below; those of a label selector are explained once. */
function fieldsOf(schema: Schema): readonly string[] {
  if ('items' in schema) return fieldsOf(schema.items)
  if (!('properties' in schema)) return []
  return Object.entries(schema.properties).flatMap(([name, field]) => [name, ...fieldsOf(field)])
}

describe('annotated example of a plan', () => {
  const lines = readFileSync(join(ROOT, 'examples/plan-annotated.yaml'), 'utf8').split('\n')

  for (const field of new Set(fieldsOf(planSpec)))
    it(`explains ${field}`, () => {
      const named = new RegExp(`^ *(# )?(- |- \\{ .*)?\\b${field}:|[{,] ${field}:`)
      expect(lines.some(line => named.test(line))).to.equal(true)
    })
})
