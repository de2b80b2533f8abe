import { expect } from 'chai'
import { didYouMean, nearest } from '../../../kubectl-plugin/cli/nearest.ts'

const PLANS = ['plan-abc123', 'plan-abc124', 'agent-2', 'agent-20', 'weekly']

describe('the nearest names', () => {
  const cases: readonly (readonly [name: string, near: readonly string[]])[] = [
    ['plan-abc123', ['plan-abc123', 'plan-abc124']],
    ['plan-acb123', ['plan-abc123', 'plan-abc124']],
    ['planabc123', ['plan-abc123', 'plan-abc124']],
    ['agent', ['agent-2', 'agent-20']],
    ['WEEKLY', ['weekly']],
    ['nothing-like-it', []],
    ['x', []],
  ]
  for (const [name, near] of cases)
    it(`of ${name} are ${near.join(', ') || 'none'}`, () => {
      expect(nearest(name, PLANS).slice(0, 2)).to.deep.equal(near)
    })

  it('are not searched for in texts that are no names', () => {
    expect(nearest('x'.repeat(10_000), ['x'.repeat(9_999)])).to.deep.equal([])
  })

  it('are asked about in one sentence', () => {
    expect([didYouMean([]), didYouMean(['a']), didYouMean(['a', 'b'])]).to.deep.equal([
      '',
      'did you mean a?',
      'did you mean one of a, b?',
    ])
  })
})
