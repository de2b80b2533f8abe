import { expect } from 'chai'
import fc from 'fast-check'
import type { Selector } from '../../operator/api/rollout-plan.ts'
import { disjoint, matches } from '../../operator/fleet/selector.ts'

const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2', '3'))
const expression = fc.record({
  key: fc.constantFrom('a', 'b'),
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
})
const selector: fc.Arbitrary<Selector> = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
  { requiredKeys: [] },
)

describe('disjoint selectors', () => {
  for (const [what, a, b, is] of [
    ['want different values under one key', { matchLabels: { a: '1' } }, { matchLabels: { a: '2' } }, true],
    [
      'want values of lists that have none in common',
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] },
      { matchLabels: { a: '3' } },
      true,
    ],
    ['are not those that want the same', { matchLabels: { a: '1' } }, { matchLabels: { a: '1', b: '1' } }, false],
    ['are not those with different keys', { matchLabels: { a: '1' } }, { matchLabels: { b: '1' } }, false],
    ['are not those of which one takes all', { matchLabels: { a: '1' } }, undefined, false],
  ] as const)
    it(what, () => {
      expect(disjoint(a, b)).to.equal(is)
      expect(disjoint(b, a)).to.equal(is)
    })

  it('have no labels in common, whatever they are', () => {
    fc.assert(
      fc.property(selector, selector, labels, (a, b, of) => {
        fc.pre(disjoint(a, b))
        expect(matches(a, of) && matches(b, of)).to.equal(false)
      }),
    )
  })
})
