import { expect } from 'chai'
import type { Evidence } from '../../operator/api/gate-state.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { STATUS_LIMIT, fit } from '../../operator/rollout/size.ts'
import { time } from './build.ts'

const evidence: Evidence = {
  readAt: time(0),
  verdict: 'unknown',
  value: 'failed',
  said: 'x'.repeat(250),
  good: 1000,
  goodSince: time(0),
  goodUntil: time(0),
  bad: 1001,
  trouble: '本'.repeat(80),
  troubleSince: time(0),
  nextAt: time(0),
}

/** One open stage whose gates have seen much, and as many closed ones as there may be. */
function status(closed: number): PlanStatus {
  const gates = Array.from({ length: 8 }, (_, index) => ({
    name: `gate-${index}`,
    kind: 'webhook',
    state: 'unknown' as const,
    since: time(0),
    detail: 'x'.repeat(512),
    evidence,
  }))
  const stages = Array.from({ length: closed }, (_, index) => ({
    id: `${'x'.repeat(55)}${index}`,
    phase: 'promoted' as const,
    approvals: [{ operator: 'x'.repeat(512), approvedAt: time(0), recovery: 'r' }],
  }))
  return { phase: 'active', stages: [...stages, { id: 'open', phase: 'open', openedAt: time(0), gates }] }
}

const evidenceOf = ({ stages }: PlanStatus) => stages?.at(-1)?.gates?.[0]?.evidence

describe('what a gate was told', () => {
  it('is kept whole while there is room', () => {
    expect(evidenceOf(fit(status(0)))).to.deep.equal(evidence)
  })

  it('is shortened before anything that a gate needs to go on is given up', () => {
    const fitted = fit(status(31))
    expect(Buffer.byteLength(JSON.stringify(fitted))).to.be.at.most(STATUS_LIMIT)
    const { said = '', trouble = '', ...rest } = evidenceOf(fitted) ?? {}
    const { said: _, trouble: _trouble, ...kept } = evidence
    expect(Buffer.byteLength(said)).to.be.at.most(64)
    expect(said).to.match(/^x+…$/)
    expect(Buffer.byteLength(trouble)).to.be.at.most(64)
    expect(rest).to.deep.equal(kept)
  })
})

describe('a status that has nothing but long sentences', () => {
  const condition = (index: number) => ({
    type: `T${index}`,
    status: 'True' as const,
    reason: 'Because',
    message: 'x'.repeat(1_024),
    lastTransitionTime: time(0),
  })

  it('has them clipped, and says that something was left out', () => {
    const fitted = fit({ phase: 'active', conditions: Array.from({ length: 25 }, (_, index) => condition(index)) })
    expect(Buffer.byteLength(JSON.stringify(fitted))).to.be.at.most(STATUS_LIMIT)
    expect(fitted.truncated).to.equal(true)
    expect(fitted.conditions).to.have.length(25)
    expect(fitted.conditions?.[0]?.message).to.match(/^x{200,}…$/)
  })

  it('is left as it is when it is short', () => {
    const short: PlanStatus = { phase: 'active', conditions: [condition(0)] }
    expect(fit({ ...short, truncated: true })).to.deep.equal(short)
  })
})
