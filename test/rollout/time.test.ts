import { expect } from 'chai'
import { instant, spell, startingPoint, timestamp } from '../../operator/rollout/time.ts'

const NOON = Date.parse('2026-03-18T12:00:00Z')

describe('time', () => {
  it('is written as RFC 3339 UTC with whole seconds', () => {
    expect(timestamp(NOON)).to.equal('2026-03-18T12:00:00Z')
    expect(timestamp(NOON + 999)).to.equal('2026-03-18T12:00:00Z')
  })

  it('is read back as epoch milliseconds', () => {
    expect(instant('2026-03-18T12:00:00Z')).to.equal(NOON)
    expect(instant('2026-03-18T14:00:00+02:00')).to.equal(NOON)
  })

  it('starts a wait at the next whole second, so that no wait is cut short', () => {
    expect(startingPoint(NOON)).to.equal('2026-03-18T12:00:00Z')
    expect(startingPoint(NOON + 1)).to.equal('2026-03-18T12:00:01Z')
  })
})

describe('length of time in words', () => {
  const cases: readonly [number, string][] = [
    [0, '0 seconds'],
    [1000, '1 second'],
    [1499, '1 second'],
    [59_000, '59 seconds'],
    [60_000, '1 minute'],
    [45 * 60_000, '45 minutes'],
    [90_000, '1 minute 30 seconds'],
    [3_600_000, '1 hour'],
    [2 * 3_600_000 + 5 * 60_000 + 7000, '2 hours 5 minutes'],
    [3_600_000 + 7000, '1 hour'],
    [86_400_000, '1 day'],
    [3 * 86_400_000 + 3_600_000, '3 days 1 hour'],
    [-5000, '0 seconds'],
  ]
  for (const [milliseconds, words] of cases)
    it(`says ${milliseconds} ms as "${words}"`, () => {
      expect(spell(milliseconds)).to.equal(words)
    })
})
