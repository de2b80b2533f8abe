import { expect } from 'chai'
import { age, parseSpan, span } from '../../../kubectl-plugin/output/age.ts'

describe('a length of time', () => {
  const spans: readonly (readonly [seconds: number, text: string])[] = [
    [-3, '0s'],
    [0.4, '0s'],
    [59.9, '59s'],
    [60, '1m'],
    [130, '2m10s'],
    [660, '11m'],
    [3_600, '1h'],
    [4_500, '1h15m'],
    [36_000, '10h'],
    [90_000, '1d1h'],
    [31 * 86_400, '31d'],
  ]
  for (const [seconds, text] of spans)
    it(`of ${seconds} seconds is told as ${text}`, () => {
      expect(span(seconds)).to.equal(text)
    })

  const read: readonly (readonly [text: string, ms: number | undefined])[] = [
    ['90', 90_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['', undefined],
    ['soon', undefined],
    ['10 m', undefined],
    ['-5s', undefined],
    ['5x', undefined],
  ]
  for (const [text, ms] of read)
    it(`is read from "${text}": ${ms ?? 'not at all'}`, () => {
      expect(parseSpan(text)).to.equal(ms)
    })

  it('is unknown since a time that is unknown', () => {
    expect([age(undefined, 0), age('soon', 0)]).to.deep.equal(['', ''])
  })
})
