import { expect } from 'chai'
import { TICK, untilTick } from '../../operator/controllers/tick.ts'

describe('tick', () => {
  it('brings plans that were looked at within a second together, none of them later than a tick after its look', () => {
    const looks = [4_999.2, 5_000, 5_000.2, 5_420, 5_997.9]
    expect(new Set(looks.map(now => now + untilTick(now)))).to.deep.equal(new Set([15_000]))
    for (const now of looks)
      expect(untilTick(now))
        .to.be.above(TICK - 1_000)
        .and.at.most(TICK + 2)
  })

  it('keeps its rhythm', () => {
    let now = 777
    const times = Array.from({ length: 4 }, () => (now += untilTick(now)))
    expect(times).to.deep.equal([10_000, 20_000, 30_000, 40_000])
  })
})
