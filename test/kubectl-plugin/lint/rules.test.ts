import { expect } from 'chai'
import { rolloutPlan } from '../../../operator/api/rollout-plan.ts'
import type { Rule, Schema } from '../../../operator/api/schema.ts'
import { checkOf } from '../../../kubectl-plugin/lint/rules.ts'

function rulesOf(schema: Schema): readonly Rule[] {
  const own = schema['x-kubernetes-validations'] ?? []
  if (!('type' in schema)) return own
  if (schema.type === 'array') return [...own, ...rulesOf(schema.items)]
  if (schema.type !== 'object' || !('properties' in schema)) return own
  return [
    ...own,
    ...Object.entries(schema.properties).flatMap(([name, inner]) => (name === 'status' ? [] : rulesOf(inner))),
  ]
}

describe('the rules of a plan', () => {
  const rules = [...new Map(rulesOf(rolloutPlan).map(rule => [rule.rule, rule])).values()]

  it('are some', () => {
    expect(rules.length).to.be.greaterThan(15)
  })

  for (const rule of rules) {
    it(`are checked here too: ${rule.rule.slice(0, 100)}`, () => {
      expect(checkOf(rule), 'restate it in kubectl-plugin/lint/rules.ts').not.to.equal(undefined)
    })

    it(`are told in words: ${rule.message}`, () => {
      expect(rule.message ?? '').to.match(/\w+ \w+ \w+/)
    })
  }
})
