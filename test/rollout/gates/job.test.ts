import { expect } from 'chai'
import type { GateSpec } from '../../../operator/api/rollout-plan.ts'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { asksOf } from '../../../operator/rollout/gates/ask.ts'
import { type GateResult, askGates } from '../../../operator/rollout/gates/gate.ts'
import type { Reading } from '../../../operator/rollout/gates/reading.ts'
import { at, frozen, members, opened, time } from '../build.ts'

const gate = (parts: Partial<GateSpec> = {}): GateSpec => ({
  kind: 'job',
  name: 'smoke',
  job: { cronJob: 'smoke', deadlineSeconds: 600, attempts: 1 },
  ...parts,
})
const ended = (seconds: number, code: number, created = seconds): Reading => ({
  at: at(seconds),
  verdict: code === 0 ? 'good' : 'bad',
  value: `ended with exit code ${code}`,
  said: 'three probes failed (kubectl logs …)',
  sampledAt: at(created),
})
const running: Reading = { at: at(130), verdict: 'unknown', trouble: 'runs as Job x', pending: true }

const stage = (parts: Partial<StageStatus> = {}) => opened('stage-01', frozen(), { settledAt: time(100), ...parts })

function ask(readings: readonly Reading[], spec = gate(), status = stage(), now = 120): GateResult {
  const [result] = askGates([spec], {
    stage: status,
    members: members('activated'),
    now: at(now),
    readings: new Map([['stage-01/smoke', readings]]),
  })
  return result!
}

function unsettled(): StageStatus {
  const { settledAt: _, ...rest } = stage()
  return rest
}

describe('a gate of kind job', () => {
  it('runs nothing before the nodes of the stage have settled', () => {
    const result = ask([], gate(), unsettled())
    expect(result).to.include({ state: 'unknown', detail: 'runs when the nodes of the stage have settled' })
    expect(result.lookAt).to.equal(undefined)
  })

  it('runs when they have, not a moment sooner', () => {
    expect(ask([], gate(), stage(), 99.4).lookAt).to.equal(at(100))
    expect(ask([], gate(), stage(), 120).lookAt).to.equal(at(120))
  })

  it('says where the first Job runs, and is not read by that', () => {
    const result = ask([running])
    expect(result).to.include({ state: 'unknown', detail: 'runs as Job x' })
    expect(result.evidence).to.equal(undefined)
  })

  it('passes with exit code 0, and runs again after five minutes', () => {
    const result = ask([ended(130, 0, 120)])
    expect(result).to.include({ state: 'passed', lookAt: at(430) })
    expect(result.detail).to.equal('ended with exit code 0: three probes failed (kubectl logs …)')
  })

  it('is not passed by a Job that was created before the stage has settled', () => {
    expect(ask([ended(130, 0, 90)]).state).to.equal('unknown')
  })

  it('fails with another one, and runs nothing more until the stage is retried', () => {
    const result = ask([ended(130, 1)])
    expect(result).to.include({ state: 'failed' })
    expect(result.detail).to.equal('ended with exit code 1: three probes failed (kubectl logs …)')
    expect([result.lookAt, result.evidence?.nextAt]).to.deep.equal([undefined, undefined])
    const { due: _, lookAt: _lookAt, ...before } = result
    const retried = ask([], gate(), stage({ gates: [before], retriedAt: time(150) }), 160)
    expect(retried).to.include({ state: 'unknown', lookAt: at(160) })
  })

  it('goes on with a run of good ones however long a Job may take', () => {
    const spec = gate({ consecutive: 2, intervalSeconds: 1 })
    expect(ask([ended(130, 0), ended(700, 0)], spec, stage(), 700).state).to.equal('passed')
  })
})

describe('what is asked for an evaluation', () => {
  const asks = (readings: readonly Reading[], status = stage()) =>
    asksOf({ id: 'stage-01', nodes: {}, gates: [gate()] } as never, status, members('activated'), [
      ask(readings, gate(), status, 200),
    ])

  it('comes after the opening, the last retry, or the reading before, whoever leads', () => {
    expect(asks([])[0]?.after).to.equal(Date.parse(stage().openedAt ?? ''))
    expect(asks([], stage({ retriedAt: time(150) }))[0]?.after).to.equal(at(150))
    expect(asks([ended(130, 0)])[0]?.after).to.equal(at(130))
  })
})
