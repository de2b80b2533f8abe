import { expect } from 'chai'
import type { Evidence } from '../../operator/api/gate-state.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
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
  askedAt: time(0),
  reportBy: time(0),
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

describe('the fullest status that there can be', () => {
  const long = (length: number, index = 0) => `${'x'.repeat(length - 2)}${String(index).padStart(2, '0')}`
  const full: Evidence = {
    ...evidence,
    value: long(64),
    threshold: long(128),
    said: 'x'.repeat(320),
    trouble: 'x'.repeat(256),
    sampledAt: time(0),
  }
  const gates = (skipped: number) =>
    Array.from({ length: 8 }, (_, index) => ({
      ...{ name: long(63, index), kind: 'webhook', state: 'unknown' as const, since: time(0), detail: long(512) },
      ...{ dryRun: true, evidence: full },
      ...(index < skipped ? { skippedBy: long(256) } : {}),
    }))
  const stage = (index: number, skipped: number): StageStatus => ({
    ...{ id: long(63, index), phase: index === 31 ? 'open' : 'promoted', skipped: true, attempt: 1000 },
    ...{ openedAt: time(0), settledAt: time(0), closedAt: time(0), retriedAt: time(0), released: 1563 },
    ...{ members: { count: 1563, digest: long(16) }, gates: gates(skipped) },
    counts: { total: 1563, pending: 0, activating: 0, activated: 1563, failed: 0, unreachable: 0, gone: 0 },
    approvals: Array.from({ length: 10 }, (_, who) => ({
      ...{ operator: long(256, who), approvedAt: time(0), recovery: long(253) },
    })),
    skippedGates: Array.from({ length: skipped }, (_, gate) => ({
      ...{ gate: long(63, gate), operator: long(256), skippedAt: time(0), recovery: long(253) },
    })),
  })
  const largest = (skipped: number): PlanStatus => ({
    ...{ phase: 'active', currentStageId: long(63), progress: long(32), updatedAt: time(0), startedAt: time(0) },
    stages: Array.from({ length: 32 }, (_, index) => stage(index, skipped)),
    history: Array.from({ length: 20 }, () => ({
      ...{ at: time(0), event: 'Recovered', stage: long(63), strategy: 'skip_failed', operator: long(256) },
      ...{ recovery: long(253), message: long(256) },
    })),
    failingNodes: Array.from({ length: 20 }, () => ({
      ...{ name: long(253), stage: long(63), reason: 'CrashLoopBackOff', message: long(256) },
    })),
    lastRecovery: {
      ...{ uid: long(36), name: long(253), strategy: 'skip_failed', previousPhase: 'active', newPhase: 'active' },
      ...{ skippedGate: long(63), recoveredAt: time(0) },
    },
    conditions: ['Ready', 'Reconciling', 'Stalled', 'Stuck'].map(type => ({
      ...{ type, status: 'True', reason: 'AwaitingApproval', message: long(1024), lastTransitionTime: time(0) },
      observedGeneration: 1000,
    })),
  })

  for (const skipped of [0, 1, 4, 7, 8])
    it(`keeps its limit with ${skipped} of 8 gates skipped, and whatever decides what follows`, () => {
      const whole = largest(skipped)
      const fitted = fit(whole)
      expect(Buffer.byteLength(JSON.stringify(fitted))).to.be.at.most(STATUS_LIMIT)
      const [before, after] = [whole, fitted].map(({ stages }) => stages?.at(-1))
      expect(after?.approvals?.map(({ operator }) => operator)).to.deep.equal(
        before?.approvals?.map(({ operator }) => operator),
      )
      expect(after?.skippedGates?.map(({ gate }) => gate)).to.deep.equal(before?.skippedGates?.map(({ gate }) => gate))
      for (const gate of after?.gates ?? []) {
        if (gate.skippedBy !== undefined) continue
        const { value: _, threshold: _threshold, said: _said, trouble: _trouble, ...kept } = full
        expect(gate.evidence).to.deep.include(kept)
      }
    })

  it('does not change any more once it was written', () => {
    const once = fit(largest(4))
    expect({ ...fit(once), truncated: true }).to.deep.equal(once)
  })
})

describe('what the gates of closed stages have seen', () => {
  const closed = (count: number): PlanStatus => ({
    phase: 'active',
    stages: Array.from({ length: count }, (_, index) => ({
      id: `stage-${index}`,
      phase: 'promoted',
      gates: [{ name: 'errors', kind: 'metric', state: 'passed', since: time(0), evidence }],
    })),
  })
  const seen = ({ stages }: PlanStatus) => stages?.[0]?.gates?.[0]?.evidence

  it('is what they saw last when there is no room for the rest', () => {
    expect(seen(fit(closed(20)))).to.deep.equal(evidence)
    const { readAt, verdict, value, good, bad } = evidence
    expect(seen(fit(closed(32)))).to.deep.equal({ readAt, verdict, value, good, bad })
  })
})
