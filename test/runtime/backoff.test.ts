import { expect } from 'chai'
import { backoffDelay } from '../../operator/runtime/backoff.ts'

describe('backoffDelay', () => {
  const longest = { baseMs: 5, maxMs: 60_000, random: () => 1 }

  for (const [failures, ms] of [
    [0, 5],
    [1, 5],
    [2, 10],
    [5, 80],
    [14, 40_960],
    [15, 60_000],
    [100_000, 60_000],
  ] as const) {
    it(`is at most ${ms} ms after ${failures} failures`, () => {
      expect(backoffDelay(failures, longest)).to.equal(ms)
    })
  }

  it('is never less than half of that', () => {
    expect(backoffDelay(3, { ...longest, random: () => 0 })).to.equal(10)
  })
})
