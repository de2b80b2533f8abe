import { expect } from 'chai'
import type { MetricSpec } from '../../../operator/api/rollout-plan.ts'
import { type Sample, type Samples, judge } from '../../../operator/rollout/gates/metric.ts'
import { at } from '../build.ts'

const NOW = at(1000)
const PROVIDER: MetricSpec['provider'] = { address: 'https://prometheus.example', timeoutSeconds: 10 }
const spec = (parts: Partial<MetricSpec> = {}): MetricSpec => ({
  provider: PROVIDER,
  query: 'errors',
  condition: { lt: 0.05 },
  ...parts,
})
const is = (value: number, when = 1000): Sample => ({ kind: 'number', value, at: at(when) })
const nothing: Sample = { kind: 'nothing', why: 'connection refused' }
const verdict = (parts: Partial<MetricSpec>, samples: Samples) => judge(spec(parts), samples, NOW)

describe('a reading of a metric', () => {
  for (const [condition, value, expected] of [
    [{ lt: 0.05 }, 0.049, 'good'],
    [{ lt: 0.05 }, 0.05, 'bad'],
    [{ le: 0.05 }, 0.05, 'good'],
    [{ gt: 2 }, 2, 'bad'],
    [{ ge: 2 }, 2, 'good'],
    [{ eq: 0 }, 0, 'good'],
    [{ eq: 0 }, 0.1, 'bad'],
    [{ ge: 0.9, le: 1.1 }, 1, 'good'],
    [{ ge: 0.9, le: 1.1 }, 1.2, 'bad'],
    [{ ge: 0.9, le: 1.1 }, 0.8, 'bad'],
  ] as const)
    it(`${value} is ${expected} for ${JSON.stringify(condition)}`, () =>
      expect(verdict({ condition }, { value: is(value) }).verdict).to.equal(expected))

  it('says the value, what it must be and of when it is', () => {
    expect(verdict({ condition: { ge: 0.9, le: 1.1 } }, { value: is(0.061234567, 990) })).to.deep.equal({
      at: NOW,
      verdict: 'bad',
      value: '0.0612346',
      threshold: '>= 0.9 and <= 1.1',
      sampledAt: at(990),
    })
  })

  it('is unknown, with the reason, when nothing came', () => {
    expect(verdict({}, { value: nothing })).to.include({ verdict: 'unknown', trouble: 'connection refused' })
  })

  it('is unknown when its sample is old, or of a time to come', () => {
    expect(verdict({}, { value: is(0, 700) }).verdict).to.equal('good')
    expect(verdict({}, { value: is(0, 699) }).trouble).to.include('301 s ago: stale')
    expect(verdict({}, { value: is(0, 1060) }).verdict).to.equal('good')
    expect(verdict({}, { value: is(0, 1061) }).trouble).to.include('61 s ahead')
  })

  describe('with a minimum', () => {
    const minimum = { query: 'requests', value: 100 }
    it('is unknown below it, however good or bad the number is', () => {
      for (const value of [0, 1])
        expect(verdict({ minimum }, { value: is(value), minimum: is(99) })).to.include({
          verdict: 'unknown',
          trouble: 'too little evidence: 99, at least 100 wanted',
        })
      expect(verdict({ minimum }, { value: is(0), minimum: is(100) }).verdict).to.equal('good')
    })
    it('is unknown when nobody knows how much evidence there is', () => {
      expect(verdict({ minimum }, { value: is(0), minimum: nothing }).trouble).to.include('evidence is not known')
    })
  })

  describe('against a baseline', () => {
    const ratio = { condition: { lt: 2 }, baseline: { at: 'now', query: 'rest', by: 'ratio' } } as const
    it('compares the ratio', () => {
      expect(verdict(ratio, { value: is(0.03), baseline: is(0.02) })).to.include({
        verdict: 'good',
        value: '0.03 (1.5 times baseline 0.02)',
        threshold: '< 2 times it',
      })
      expect(verdict(ratio, { value: is(0.05), baseline: is(0.02) }).verdict).to.equal('bad')
    })
    it('knows no ratio to 0: that the canary alone has errors is no number', () => {
      for (const value of [0, 1])
        expect(verdict(ratio, { value: is(value), baseline: is(0) })).to.include({ verdict: 'unknown' })
    })
    it('compares the difference', () => {
      const by = { condition: { le: 0.01 }, baseline: { at: 'opening', by: 'difference' } } as const
      expect(verdict(by, { value: is(0.03), baseline: is(0) })).to.include({
        verdict: 'bad',
        value: '0.03 (0.03 above baseline 0)',
        threshold: '<= 0.01 above it',
      })
      expect(verdict(by, { value: is(0.005), baseline: is(0) }).verdict).to.equal('good')
    })
    it('is unknown without one', () => {
      expect(verdict(ratio, { value: is(0), baseline: nothing }).trouble).to.equal(
        'the baseline is not known: connection refused',
      )
    })
  })
})
