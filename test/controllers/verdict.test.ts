import { expect } from 'chai'
import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { rejected, succeeded } from '../../operator/controllers/verdict.ts'
import { at, plan, recovery, time } from '../rollout/build.ts'

const counts = { total: 5, pending: 0, activating: 0, activated: 3, failed: 2, unreachable: 0, gone: 0 }
const whole = { ...counts, activated: 5, failed: 0 }
const STAGES: readonly StageStatus[] = [
  { id: 'canary', phase: 'promoted', skipped: true, counts },
  { id: 'ring', phase: 'promoted', counts: whole },
  { id: 'wide', phase: 'open', counts },
]

function messageOf(strategy: 'retry' | 'pause', stages: readonly StageStatus[]): string {
  const applied = {
    uid: 'u',
    name: 'r',
    strategy,
    previousPhase: 'active',
    newPhase: 'active',
    recoveredAt: time(9),
  } as const
  return succeeded(recovery(strategy), applied, plan({ status: { phase: 'active', stages } }), at(9)).message ?? ''
}

describe('verdict of a retry', () => {
  it('says which failed nodes it leaves as they are: those of promoted stages', () => {
    expect(messageOf('retry', STAGES)).to.equal(
      'retry took effect: the plan stays active; failed nodes of promoted stages are left as they are: 2 of canary',
    )
  })

  it('names three stages at most', () => {
    const many = Array.from({ length: 32 }, (_, index) => ({ ...STAGES[0]!, id: `s${index}`.padEnd(63, 'x') }))
    const message = messageOf('retry', many)
    expect(message).to.match(/and of 29 more stages$/)
    expect(message.length).to.be.lessThan(1024)
  })

  it('says nothing of that when there are none', () => {
    expect(messageOf('retry', STAGES.slice(1))).to.equal('retry took effect: the plan stays active')
  })

  it('is the only one that does', () => {
    expect(messageOf('pause', STAGES)).to.equal('pause took effect: the plan stays active')
  })
})

describe('verdict', () => {
  const judge = plan({ status: { phase: 'active' } })
  const { uid } = judge.metadata
  const refusal = (code: 'plan_not_paused' | 'plan_replaced' | 'plan_not_found') => ({ code, message: 'no' })

  it('names the plan that gave it', () => {
    const applied = {
      uid: 'u',
      name: 'r',
      strategy: 'halt',
      previousPhase: 'active',
      newPhase: 'paused',
      recoveredAt: time(9),
    } as const
    expect(succeeded(recovery('halt'), applied, judge, at(9)).planUid).to.equal(uid)
    expect(rejected(recovery('resume'), refusal('plan_not_paused'), judge, at(9)).planUid).to.equal(uid)
  })

  it('names none when there was none, or another one was meant', () => {
    expect(rejected(recovery('halt'), refusal('plan_not_found'), undefined, at(9))).not.to.have.property('planUid')
    expect(rejected(recovery('halt'), refusal('plan_replaced'), judge, at(9))).not.to.have.property('planUid')
  })
})
