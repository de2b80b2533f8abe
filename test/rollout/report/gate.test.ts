import { expect } from 'chai'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { gatesOf } from '../../../operator/rollout/report/gate.ts'
import { plan, stage, time } from '../build.ts'

const GATES = [{ kind: 'time_soak', seconds: 60 }, { kind: 'manual' }] as const
const soak = (state: 'passed' | 'failed' | 'unknown') =>
  ({ name: 'time_soak', kind: 'time_soak', state, since: time(5), detail: 'seen' }) as const
const manual = (state: 'passed' | 'unknown') => ({ name: 'manual', kind: 'manual', state, since: time(7) }) as const

const reportOf = (status?: Partial<StageStatus>, gates: Parameters<typeof stage>[1] = { gates: GATES }) =>
  gatesOf(
    plan({
      stages: [stage('stage-01', gates)],
      ...(status === undefined ? {} : { status: { stages: [{ id: 'stage-01', phase: 'open', ...status }] } }),
    }),
    'stage-01',
  )

describe('gate report', () => {
  it('is none for a stage that the plan does not have', () => {
    expect(gatesOf(plan(), 'stage-09')).to.equal(undefined)
  })

  it('has a row a gate, in the order of the plan, as last seen', () => {
    const report = reportOf({ gates: [manual('unknown'), soak('passed')] })
    expect(report?.gates).to.deep.equal([
      { name: 'time_soak', kind: 'time_soak', state: 'passed', passed: true, since: time(5), detail: 'seen' },
      { name: 'manual', kind: 'manual', state: 'unknown', passed: false, since: time(7), detail: '' },
    ])
  })

  it('says who had a gate skipped, what it had seen, and that another holds nothing up', () => {
    const evidence = { readAt: time(6), verdict: 'bad', value: '7', good: 0, bad: 1 } as const
    const gates = [
      { kind: 'webhook', name: 'smoke' },
      { kind: 'webhook', name: 'trial', dryRun: true },
      { kind: 'webhook', name: 'new', dryRun: true },
    ] as const
    const seen = [
      {
        name: 'smoke',
        kind: 'webhook',
        state: 'passed',
        since: time(7),
        detail: 'skipped by ann',
        skippedBy: 'ann',
        evidence,
      },
      { name: 'trial', kind: 'webhook', state: 'failed', since: time(7), detail: 'red', dryRun: true, evidence },
    ] as const
    const report = reportOf({ gates: seen }, { gates })
    expect(report?.gates).to.deep.equal([
      { ...seen[0], passed: true },
      { ...seen[1], passed: false },
      { name: 'new', kind: 'webhook', state: 'unknown', passed: false, detail: 'not asked yet', dryRun: true },
    ])
    expect(report?.allPassed).to.equal(true)
  })

  it('has passed when every gate has', () => {
    expect(reportOf({ gates: [soak('passed'), manual('passed')] })?.allPassed).to.equal(true)
    expect(reportOf({ gates: [soak('unknown'), manual('passed')] })?.allPassed).to.equal(false)
    expect(reportOf({}, { gates: [] })?.allPassed).to.equal(true)
  })

  it('is approved when there is a manual gate, and it has its approvals', () => {
    expect(reportOf({ gates: [soak('unknown'), manual('passed')] })?.manualApproved).to.equal(true)
    expect(reportOf({ gates: [soak('passed'), manual('unknown')] })?.manualApproved).to.equal(false)
    expect(reportOf({}, { gates: [GATES[0]] })?.manualApproved).to.equal(false)
  })

  for (const [status, detail] of [
    [undefined, 'the stage has not opened yet'],
    [{ phase: 'open' }, 'not asked yet'],
    [{ phase: 'promoted', skipped: true }, 'the stage was promoted past its gates'],
    [{ phase: 'promoted' }, 'the stage is promoted; what its gates said was left out to keep the status small'],
    [{ phase: 'halted' }, 'the stage is halted; what its gates said was left out to keep the status small'],
  ] as const)
    it(`says of a gate without a state: ${detail}`, () => {
      const row = reportOf(status)?.gates[0]
      expect(row).to.deep.equal({ name: 'time_soak', kind: 'time_soak', state: 'unknown', passed: false, detail })
    })
})
