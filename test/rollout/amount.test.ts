import { expect } from 'chai'
import { amountOf } from '../../operator/rollout/amount.ts'

describe('amount', () => {
  it('takes a count as it is, whatever the total', () => {
    expect(amountOf(5, 100, 'down')).to.equal(5)
    expect(amountOf(5, 3, 'up')).to.equal(5)
    expect(amountOf(0, 3, 'up')).to.equal(0)
  })

  const cases: readonly [string, number, number, number][] = [
    ['0%', 7, 0, 0],
    ['10%', 7, 0, 1],
    ['50%', 7, 3, 4],
    ['100%', 7, 7, 7],
    ['1%', 99, 0, 1],
    ['1%', 100, 1, 1],
    ['29%', 100, 29, 29],
    ['58%', 50, 29, 29],
    ['5%', 0, 0, 0],
  ]
  for (const [value, total, down, up] of cases)
    it(`takes ${value} of ${total} as ${down} for a tolerance and ${up} for a size`, () => {
      expect(amountOf(value, total, 'down')).to.equal(down)
      expect(amountOf(value, total, 'up')).to.equal(up)
    })
})
