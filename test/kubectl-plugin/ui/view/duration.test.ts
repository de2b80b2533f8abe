import { expect } from 'chai'
import { brief, roughly, short, since, stamp } from '../../../../kubectl-plugin/ui/view/duration.ts'
import { at, time } from '../build.ts'

describe('a length of time', () => {
  const cases = [
    [0, '0 s', '0s', 'about 1 s'],
    [-5_000, '0 s', '0s', 'about 1 s'],
    [45_999, '45 s', '45s', 'about 45 s'],
    [250_000, '4 min 10 s', '4min', 'about 5 min'],
    [7_500_000, '2 h 5 min', '2h', 'about 2 h 5 min'],
    [3_600_000, '1 h', '1h', 'about 1 h'],
    [273_600_000, '3 d 4 h', '3d', 'about 3 d 4 h'],
  ] as const
  for (const [ms, inFull, inBrief, estimated] of cases)
    it(`of ${ms} ms is ${inFull}`, () => {
      expect([short(ms), brief(ms), roughly(ms)]).to.deep.equal([inFull, inBrief, estimated])
    })

  it('since something is never negative, because clocks differ', () => expect(since(time(10), at(5))).to.equal(0))
  it('since nothing is not known', () => expect(since(undefined, at(5))).to.equal(undefined))
})

describe('a point in time', () => {
  it('of the last day is a time of day', () => expect(stamp(time(0), at(60))).to.equal('08:00:00'))
  it('of an earlier day has its date', () => expect(stamp(time(0), at(100_000))).to.equal('2026-03-18 08:00'))
  it('that cannot be read is shown as it is', () => expect(stamp('soon', at(0))).to.equal('soon'))
})
