import { expect } from 'chai'
import { type Evidence, gateState } from '../../operator/api/gate-state.ts'
import { gateBody } from '../../operator/rest/resources/gate.ts'
import { snake } from '../../operator/rest/schema/snake.ts'

const AT = '2026-03-18T08:12:00Z'

const evidence: Evidence = {
  readAt: AT,
  verdict: 'good',
  value: '0.02',
  threshold: '< 0.05',
  said: 'p99 180 ms',
  sampledAt: AT,
  good: 3,
  goodSince: AT,
  goodUntil: AT,
  bad: 1,
  trouble: 'connection refused',
  troubleSince: AT,
  nextAt: AT,
  askedAt: AT,
  reportBy: AT,
}

describe('a gate, as the surface tells it', () => {
  it('has all that its status has seen', () => {
    expect(Object.keys(evidence).toSorted()).to.deep.equal(
      Object.keys(gateState.properties.evidence.properties).toSorted(),
    )
    const told = gateBody({
      name: 'errors',
      kind: 'metric',
      state: 'passed',
      passed: true,
      detail: 'is 0.02',
      evidence,
    })
    expect(told.evidence).to.deep.equal(
      Object.fromEntries(Object.entries(evidence).map(([key, value]) => [snake(key), value])),
    )
  })
})
