import { expect } from 'chai'
import { PROVENANCE } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { RecoveryStatus } from '../../../operator/api/rollout-recovery.ts'
import { historyOf } from '../../../operator/rollout/report/history.ts'
import { plan, recovery, time } from '../build.ts'

const PLAN = plan({
  status: {
    phase: 'active',
    history: [
      { at: time(1), event: 'PlanStarted' },
      { at: time(1), event: 'StageOpened', stage: 'stage-01' },
      {
        at: time(9),
        event: 'Recovered',
        strategy: 'retry',
        operator: 'alice',
        recovery: 'agent-1-4-2-retry',
        message: 'x',
      },
    ],
  },
})

function judged(of: RolloutRecovery, status: RecoveryStatus): RolloutRecovery {
  return { ...of, status }
}

const succeeded = (of: RolloutRecovery, seconds: number) =>
  judged(of, { phase: 'Succeeded', recoveredAt: time(seconds), previousPhase: 'active', newPhase: 'active' })

const eventsOf = (of: RolloutPlan, recoveries: readonly RolloutRecovery[]) =>
  historyOf(of, recoveries).map(({ event }) => event)

describe('history', () => {
  it('begins with who created the plan, and through which door', () => {
    const annotations = { [PROVENANCE.createdBy]: 'alice', [PROVENANCE.door]: 'direct', [PROVENANCE.auditId]: 'a-1' }
    const signed = { ...PLAN, metadata: { ...PLAN.metadata, annotations } }
    expect(historyOf(signed, [])[0]).to.deep.equal({
      at: time(0),
      event: 'PlanCreated',
      operator: 'alice',
      door: 'direct',
      auditId: 'a-1',
    })
  })

  it('tells a recovery once, from its own object, with who, why, through which door and under which claimed name', () => {
    const made = recovery('retry', { created: 8, reason: 'cause is gone' })
    const annotations = { [PROVENANCE.door]: 'aggregated', [PROVENANCE.claimedOperator]: 'night shift' }
    const own = succeeded({ ...made, metadata: { ...made.metadata, annotations } }, 9)
    const told = historyOf(PLAN, [own]).filter(({ strategy }) => strategy !== undefined)
    expect(told).to.deep.equal([
      {
        at: time(9),
        event: 'Recovered',
        outcome: 'succeeded',
        strategy: 'retry',
        operator: 'alice',
        claimedOperator: 'night shift',
        door: 'aggregated',
        recovery: 'agent-1-4-2-retry',
        message: 'cause is gone',
      },
    ])
  })

  it('tells a recovery whose object was deleted from the plan', () => {
    const told = historyOf(PLAN, []).find(({ strategy }) => strategy !== undefined)
    expect(told).to.include({ event: 'Recovered', outcome: 'succeeded', operator: 'alice', message: 'x' })
  })

  it('tells what was refused, with its code, and what has not been judged yet', () => {
    const refused = judged(recovery('resume', { created: 20 }), { phase: 'Rejected', code: 'plan_not_paused' })
    const pending = recovery('halt', { created: 30 })
    const told = historyOf(PLAN, [pending, refused]).slice(-2)
    expect(told.map(({ event, outcome, code }) => ({ event, outcome, code }))).to.deep.equal([
      { event: 'Rejected', outcome: 'rejected', code: 'plan_not_paused' },
      { event: 'Requested', outcome: 'pending', code: undefined },
    ])
  })

  it('has within one second the creation first, then what was asked for, then what followed', () => {
    const own = succeeded(recovery('skip_failed', { created: 1 }), 1)
    expect(eventsOf(PLAN, [own]).slice(0, 4)).to.deep.equal(['PlanCreated', 'Recovered', 'PlanStarted', 'StageOpened'])
  })

  it('tells what its own plan has judged, whatever the clocks of those who ask say', () => {
    const own = judged(recovery('halt', { created: -5 }), {
      phase: 'Succeeded',
      recoveredAt: time(3),
      planUid: PLAN.metadata.uid,
    })
    expect(eventsOf(PLAN, [own]))
      .to.include('Recovered')
      .and.have.lengthOf(eventsOf(PLAN, []).length + 1)
  })

  it('names the stage that was skipped', () => {
    const own = judged(recovery('skip_failed'), {
      phase: 'Succeeded',
      recoveredAt: time(3),
      skippedStageId: 'stage-01',
    })
    expect(historyOf(PLAN, [own]).find(({ strategy }) => strategy === 'skip_failed')?.stageId).to.equal('stage-01')
  })

  for (const [what, other] of [
    ['of another plan', recovery('halt', { planName: 'other' })],
    ['that was meant for a plan with another UID', recovery('halt', { planUid: 'uid-before' })],
    ['that is older than the plan', recovery('halt', { created: -5 })],
    [
      'that a plan of the same name has carried out, in the second in which this one was created',
      judged(recovery('halt', { created: 0 }), { phase: 'Succeeded', recoveredAt: time(0), planUid: 'uid-before' }),
    ],
    [
      'that was refused because there was no plan yet',
      judged(recovery('halt', { created: 0 }), { phase: 'Rejected', code: 'plan_not_found' }),
    ],
    [
      'that was refused because this is not the plan that was meant',
      judged(recovery('halt', { created: 0 }), { phase: 'Rejected', code: 'plan_replaced' }),
    ],
  ] as const)
    it(`leaves a recovery out ${what}`, () => {
      expect(eventsOf(PLAN, [other])).to.deep.equal(eventsOf(PLAN, []))
    })
})
