import { expect } from 'chai'
import { hostMatches, isHostPattern } from '../../../operator/evaluator/outbound/hosts.ts'

const TABLE = [
  [['prometheus.example'], 'https://prometheus.example', true],
  [['prometheus.example'], 'https://prometheus.example.', true],
  [['prometheus.example'], 'https://PROMETHEUS.example:9090/path', true],
  [['prometheus.example'], 'https://prometheus.example.evil.example', false],
  [['prometheus.example'], 'https://evil.example/prometheus.example', false],
  [['prometheus.example:9090'], 'http://prometheus.example:9090', true],
  [['prometheus.example:9090'], 'http://prometheus.example', false],
  [['prometheus.example:443'], 'https://prometheus.example', true],
  [['*.monitoring.svc'], 'http://prometheus.monitoring.svc:9090', true],
  [['*.monitoring.svc'], 'http://a.b.monitoring.svc', true],
  [['*.monitoring.svc'], 'http://monitoring.svc', false],
  [['*.monitoring.svc'], 'http://evilmonitoring.svc', false],
  [['*.monitoring.svc:9090'], 'http://prometheus.monitoring.svc:9091', false],
  [['a.example', 'b.example'], 'http://b.example', true],
  [['[2a00::1]'], 'http://[2a00::1]:9090', true],
  [['10.0.0.1'], 'http://10.1', true],
  [[], 'http://a.example', false],
  [['*'], 'http://a.example', false],
  [['a.*'], 'http://a.example', false],
] as const

describe('patterns of hosts', () => {
  for (const [patterns, address, matches] of TABLE)
    it(`${patterns.join(', ') || 'none'} ${matches ? 'is' : 'is not'} about ${address}`, () =>
      expect(hostMatches(patterns, new URL(address))).to.equal(matches))

  it('are names, with *. before or a port after them', () => {
    for (const right of ['a', 'a.example', '*.a.example', 'a.example:9090', '10.0.0.1', '[::1]:80'])
      expect(isHostPattern(right), right).to.equal(true)
    for (const wrong of ['', '*', '*.', 'a.*', 'http://a', 'a/b', 'a:', 'A.example', 'a b', '.a'])
      expect(isHostPattern(wrong), wrong).to.equal(false)
  })
})
