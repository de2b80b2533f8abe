import { expect } from 'chai'
import { metricsIn } from './promql.ts'

describe('metrics of an expression', () => {
  for (const [promql, names] of [
    ['up', ['up']],
    ['sum by (code) (rate(http_total{job="a}b", code=~"5.."}[5m])) / 2', ['http_total']],
    ['time() - max(last_seconds{a="b"}) > 120 and on () sum(leader) > 0', ['last_seconds', 'leader']],
    ['histogram_quantile(0.99, sum by (le, route) (rate(took_bucket[1m])))', ['took_bucket']],
    ['max(stuck{job="x"}) or vector(0)', ['stuck']],
  ] as const)
    it(`are found in ${promql}`, () => {
      expect(metricsIn(promql)).to.deep.equal(names)
    })
})
