import { expect } from 'chai'
import { createPace } from '../../operator/controllers/pace.ts'

/** A plan, and a decision about it that takes so long. */
function scene() {
  let now = 1_000
  const pace = createPace({ monotonic: () => now })
  const pass = (ms: number) => void (now += ms)
  return {
    pass,
    wait: () => pace.wait('fleet/plan'),
    decide: (ms: number) => pace.decide('fleet/plan', () => pass(ms)),
  }
}

describe('pace of a plan', () => {
  it('does not keep the first change waiting', () => {
    const { pass, wait, decide } = scene()
    expect(wait()).to.equal(0)
    decide(5)
    pass(15)
    expect(wait()).to.equal(0)
  })

  for (const [what, took, rest] of [
    ['a moment, so that changes of the same moment are one', 0, 10],
    ['three times as long as the decision took', 40, 120],
    ['half a second at most', 400, 500],
  ] as const)
    it(`lets a change after a decision wait ${what}`, () => {
      const { pass, wait, decide } = scene()
      decide(took)
      expect(wait()).to.equal(rest)
      pass(rest - 1)
      expect(wait()).to.equal(1)
    })
})
