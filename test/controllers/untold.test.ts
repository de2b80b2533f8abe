import { expect } from 'chai'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import type { Records } from '../../operator/controllers/record.ts'
import { createUntold } from '../../operator/controllers/untold.ts'
import { plan, time } from '../rollout/build.ts'

const KEY = 'fleet/agent-1-4-2'
const statusOf = (phase: PlanStatus['phase'], at: number): PlanStatus =>
  plan({ status: { phase, updatedAt: time(at) } }).status
const recordsOf = (id: string): Records => ({
  events: [{ regarding: {} as never, type: 'Normal', reason: '', action: '', note: '', id }],
  audit: [],
  gates: [],
})
const idOf = (records: Records | undefined) => records?.events[0]?.id
const before = statusOf('published', 0)

describe('records of a write without an answer', () => {
  it('are told when the status is seen, once', () => {
    const untold = createUntold()
    untold.sent(KEY, statusOf('active', 5), recordsOf('started'))
    expect(untold.seen(KEY, before)).to.equal(undefined)
    expect(idOf(untold.seen(KEY, statusOf('active', 5)))).to.equal('started')
    expect(untold.seen(KEY, statusOf('active', 5))).to.equal(undefined)
  })

  it('are kept after a look that came before the write was made, and told of the try that was', () => {
    const untold = createUntold()
    untold.sent(KEY, statusOf('active', 5), recordsOf('first try'))
    expect(untold.seen(KEY, before)).to.equal(undefined)
    untold.sent(KEY, statusOf('active', 7), recordsOf('second try'))
    expect(untold.seen(KEY, before)).to.equal(undefined)
    expect(idOf(untold.seen(KEY, statusOf('active', 5)))).to.equal('first try')
    expect(untold.seen(KEY, statusOf('active', 7))).to.equal(undefined)
  })

  it('are told of no write but those that were sent: another leader has told of its own', () => {
    const untold = createUntold()
    untold.sent(KEY, statusOf('active', 5), recordsOf('started'))
    expect(untold.seen(KEY, statusOf('active', 6))).to.equal(undefined)
  })

  it('are dropped when a later write is answered, or the plan is gone', () => {
    for (const end of ['answered', 'leave'] as const) {
      const untold = createUntold()
      untold.sent(KEY, statusOf('active', 5), recordsOf('started'))
      expect(untold[end](KEY)).to.equal(undefined)
      expect(untold.seen(KEY, statusOf('active', 5))).to.equal(undefined)
    }
  })

  it('are dropped of a try that was refused, alone', () => {
    const untold = createUntold()
    untold.sent(KEY, statusOf('active', 5), recordsOf('first try'))
    untold.sent(KEY, statusOf('active', 7), recordsOf('second try'))
    untold.refused(KEY)
    expect(untold.seen(KEY, statusOf('active', 7))).to.equal(undefined)
    expect(idOf(untold.seen(KEY, statusOf('active', 5)))).to.equal('first try')
  })

  it('are told of the write that made the status with which the plan was deleted, unless it was answered', () => {
    for (const answered of [false, true]) {
      const untold = createUntold()
      untold.sent(KEY, statusOf('active', 5), recordsOf('started'))
      untold.deleted(KEY, statusOf('active', 5))
      if (answered) untold.answered(KEY)
      expect(idOf(untold.leave(KEY))).to.equal(answered ? undefined : 'started')
      expect(untold.leave(KEY)).to.equal(undefined)
    }
  })

  it('are kept of ten tries at most', () => {
    const untold = createUntold()
    for (let at = 0; at < 11; at += 1) untold.sent(KEY, statusOf('active', at), recordsOf(`try ${at}`))
    expect(untold.seen(KEY, statusOf('active', 0))).to.equal(undefined)
    expect(idOf(untold.seen(KEY, statusOf('active', 1)))).to.equal('try 1')
  })
})
