import { expect } from 'chai'
import type { GateSpec, MetricSpec } from '../../../operator/api/rollout-plan.ts'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { type GateResult, askGates } from '../../../operator/rollout/gates/gate.ts'
import type { Reading } from '../../../operator/rollout/gates/reading.ts'
import { at, frozen, members, opened, time } from '../build.ts'

const metric = (query: string): MetricSpec => ({
  provider: { address: 'https://prometheus.example', timeoutSeconds: 10 },
  query,
  condition: { lt: 0.05 },
})

const gate = (parts: Partial<GateSpec> = {}, query = 'errors'): GateSpec => ({
  kind: 'metric',
  name: 'errors',
  intervalSeconds: 10,
  metric: metric(query),
  ...parts,
})

const good = (seconds: number): Reading => known(seconds, 'good', '0.02')
const bad = (seconds: number): Reading => known(seconds, 'bad', '0.061')
const unknown = (seconds: number, trouble = 'connection refused'): Reading => ({
  at: at(seconds),
  verdict: 'unknown',
  trouble,
})
function known(seconds: number, verdict: 'good' | 'bad', value: string): Reading {
  return { at: at(seconds), verdict, value, threshold: '< 0.05', sampledAt: at(seconds) }
}

type Asked = { readonly stage?: Partial<StageStatus>; readonly now?: number; readonly before?: GateResult }

/** A stage that opened at 0 and has settled at 100, unless something else is said. */
function ask(spec: GateSpec, readings: readonly Reading[], { stage = {}, now, before }: Asked = {}): GateResult {
  const last = readings.at(-1)?.at
  const known = before === undefined ? {} : { gates: [withoutNumbers(before)] }
  const [result] = askGates([spec], {
    stage: opened('stage-01', frozen(), { settledAt: time(100), ...known, ...stage }),
    members: members('activated'),
    now: now === undefined ? (last ?? at(0)) : at(now),
    readings: new Map([['stage-01/errors', readings]]),
  })
  return result!
}

function withoutNumbers({ due: _, lookAt: _lookAt, ...state }: GateResult) {
  return state
}

describe('a gate that looks outside', () => {
  it('is unknown before anything was read, and wants to be read at once', () => {
    expect(ask(gate(), [], { now: 120 })).to.include({
      state: 'unknown',
      detail: 'has not been read yet',
      lookAt: at(120),
    })
  })

  it('asks about nothing while no node of the stage was told', () => {
    const [result] = askGates([gate()], {
      stage: opened('stage-01', frozen()),
      members: members('pending'),
      now: at(0),
    })
    expect(result).to.include({ state: 'unknown', detail: 'no node of the stage is activated yet' })
    expect(result?.lookAt).to.equal(undefined)
  })

  it('passes with a good reading, and wants the next one after its interval', () => {
    const result = ask(gate(), [good(120)])
    expect(result).to.include({ state: 'passed', detail: 'is 0.02, must be < 0.05', lookAt: at(130) })
    expect(result.evidence).to.include({ value: '0.02', threshold: '< 0.05', verdict: 'good', bad: 0 })
  })

  it('fails with a bad one', () => {
    expect(ask(gate(), [bad(120)])).to.include({ state: 'failed', detail: 'is 0.061, must be < 0.05' })
  })

  it('knows nothing when it learned nothing, and says why and since when', () => {
    expect(ask(gate(), [unknown(120), unknown(130)])).to.include({
      state: 'unknown',
      detail: 'has had no data since 2026-03-18T08:02:00Z: connection refused',
    })
  })

  describe('and the time of its evidence', () => {
    it('takes a bad reading from the opening on, a good one from the settling on', () => {
      expect(ask(gate(), [bad(1)]).state).to.equal('failed')
      expect(ask(gate(), [good(99)])).to.include({ state: 'unknown' })
      expect(ask(gate(), [good(100)]).state).to.equal('passed')
      expect(ask(gate(), [good(150)], { stage: { settledAt: time(151) } }).state).to.equal('unknown')
    })

    it('takes nothing from before the opening', () => {
      expect(ask(gate(), [bad(-1)], { now: 0 })).to.include({ state: 'unknown', detail: 'has not been read yet' })
      expect(ask(gate(), [bad(-1)], { now: 0 }).evidence).to.equal(undefined)
    })

    it('takes no reading that looks back further', () => {
      const five = gate({}, 'rate(errors[5m])')
      expect(ask(five, [bad(299)]).state).to.equal('unknown')
      expect(ask(five, [bad(300)]).state).to.equal('failed')
      expect(ask(five, [good(399)])).to.include({
        state: 'unknown',
        detail: 'is 0.02, must be < 0.05, and counts from 2026-03-18T08:06:40Z on, when it looks back on nothing older',
      })
      expect(ask(five, [good(400)]).state).to.equal('passed')
    })

    it('makes a good reading anew when it would count, where that is sooner than after the interval', () => {
      const minute = { intervalSeconds: 60 }
      const settledAt = (seconds: number) => ({ stage: { settledAt: time(seconds) } })
      expect(ask(gate(minute), [good(95)]).lookAt).to.equal(at(100))
      expect(ask(gate(minute), [good(99.7)]).lookAt, 'a second later, at the soonest').to.equal(at(100.7))
      expect(ask(gate(minute), [good(20)]).lookAt, 'after the interval').to.equal(at(80))
      expect(ask(gate(minute), [good(300)], settledAt(302)).lookAt).to.equal(at(302))
      expect(ask(gate(minute), [bad(95)]).lookAt, 'a bad one says enough').to.equal(at(155))
    })

    it('says of a sample that is too old that it does not count, and looks for a newer one', () => {
      const lags = ask(gate({ intervalSeconds: 60 }), [{ ...good(101), sampledAt: at(98) }])
      expect(lags.detail).to.match(/^is 0.02, must be < 0.05, and counts from 2026-03-18T08:01:40Z on/)
      expect(lags.lookAt).to.equal(at(103))
    })

    it('goes by the time of the sample where that is older', () => {
      expect(ask(gate(), [{ ...good(120), sampledAt: at(99) }]).state).to.equal('unknown')
      expect(ask(gate(), [{ ...bad(120), sampledAt: at(-1) }]).state).to.equal('unknown')
    })

    it('begins anew when the stage is retried', () => {
      const failed = ask(gate(), [bad(120)])
      const stage = { retriedAt: time(200) }
      expect(ask(gate(), [], { before: failed, stage, now: 200 })).to.include({
        state: 'unknown',
        detail: 'has not been read yet',
        lookAt: at(200),
      })
      expect(ask(gate(), [good(201)], { before: failed, stage }).state).to.equal('passed')
    })

    it('is asked for when the retry has begun, and not in the second before', () => {
      expect(ask(gate(), [], { stage: { retriedAt: time(201) }, now: 200.4 }).lookAt).to.equal(at(201))
    })
  })

  describe('with failureLimit', () => {
    const two = gate({ failureLimit: 2 })
    it('tolerates so many bad readings, in a row or not', () => {
      expect(ask(two, [bad(110), good(120), bad(130)])).to.include({
        state: 'unknown',
        detail: 'is 0.061, must be < 0.05 (2 of 2 tolerated bad readings)',
      })
      expect(ask(two, [bad(110), good(120), bad(130), good(140)]).state).to.equal('passed')
      expect(ask(two, [bad(110), good(120), bad(130), bad(140)]).state).to.equal('failed')
    })
    it('stays failed whatever comes, until a retry', () => {
      expect(ask(two, [bad(110), bad(120), bad(130), good(140), good(150)])).to.include({
        state: 'failed',
        detail: 'is 0.02, must be < 0.05 and was not in 3 readings (2 tolerated)',
      })
    })
    it('counts no silence: not knowing is not failing', () => {
      const silent = [bad(110), unknown(120), unknown(130), unknown(140), bad(150)]
      expect(ask(two, silent).evidence?.bad).to.equal(2)
      expect(ask(two, silent).state).to.equal('unknown')
    })
  })

  describe('with consecutive', () => {
    const three = gate({ consecutive: 3 })
    it('wants so many good readings in a row', () => {
      expect(ask(three, [good(110), good(120)])).to.include({ state: 'unknown', due: at(130) })
      expect(ask(three, [good(110), good(120), good(130)]).state).to.equal('passed')
    })
    it('begins anew after a bad one', () => {
      const lenient = gate({ consecutive: 3, failureLimit: 9 })
      expect(ask(lenient, [good(110), good(120), bad(130), good(140), good(150)]).state).to.equal('unknown')
      expect(ask(lenient, [good(110), good(120), bad(130), good(140), good(150), good(160)]).state).to.equal('passed')
    })
  })

  describe('with forSeconds', () => {
    const minute = gate({ forSeconds: 60 })
    const every10 = (from: number, to: number) =>
      Array.from({ length: (to - from) / 10 + 1 }, (_, index) => good(from + index * 10))

    it('wants readings that are good from the first to the last of that time', () => {
      expect(ask(minute, every10(110, 160))).to.include({
        state: 'unknown',
        due: at(170),
        detail: 'is 0.02, must be < 0.05 for 1 minute, which will be so at 2026-03-18T08:02:50Z',
      })
      expect(ask(minute, every10(110, 170)).state).to.equal('passed')
    })
    it('does not pass because time has gone by: it wants to have seen it', () => {
      expect(ask(minute, every10(110, 160), { now: 200 }).state).to.equal('unknown')
    })
    it('does not pass on a look that taught nothing, and goes on with the next good one', () => {
      const silent = [...every10(110, 160), unknown(170)]
      expect(ask(minute, silent).state).to.equal('unknown')
      expect(ask(minute, [...silent, good(180)]).state).to.equal('passed')
    })
    it('begins anew when more is missing than a new leader may not have been told', () => {
      expect(ask(minute, [good(110), good(260)]).state).to.equal('passed')
      expect(ask(minute, [good(110), good(261)])).to.include({ state: 'unknown', due: at(321) })
    })
    it('begins anew when the stage settles anew', () => {
      expect(ask(minute, every10(110, 170), { stage: { settledAt: time(150) } })).to.include({ due: at(210) })
    })
  })

  it('does not stay passed when it is no longer read', () => {
    const passed = ask(gate(), [good(120)])
    expect(ask(gate(), [], { before: passed, now: 270 }).state).to.equal('passed')
    expect(ask(gate(), [], { before: passed, now: 271 }).state).to.equal('unknown')
  })

  it('comes to the same whoever reads: all at once, or one by one through the status', () => {
    const sequences = [
      [good(110), unknown(120), good(130), bad(140), good(150), good(160)],
      [bad(110), bad(120), good(130)],
      [unknown(110), good(120), good(130), good(140)],
    ]
    for (const spec of [gate({ forSeconds: 20, failureLimit: 1 }), gate({ consecutive: 2, failureLimit: 2 })])
      for (const readings of sequences) {
        const now = 160
        const whole = ask(spec, readings, { now })
        let before: GateResult | undefined
        for (const reading of readings) before = ask(spec, [reading], { now, ...(before ? { before } : {}) })
        expect(before?.evidence).to.deep.equal(whole.evidence)
        expect(before?.state).to.equal(whole.state)
        const known = ask(spec, readings.slice(0, 2), { now })
        expect(ask(spec, readings, { now, before: known }).evidence, 'readings told twice').to.deep.equal(
          whole.evidence,
        )
      }
  })

  it('has no running clock in its detail', () => {
    for (const readings of [[good(120)], [bad(120)], [unknown(120)], []])
      expect(ask(gate({ forSeconds: 99 }), readings, { now: 121 }).detail).to.equal(
        ask(gate({ forSeconds: 99 }), readings, { now: 141 }).detail,
      )
  })

  it('passes when somebody skips it, with that name, and asks for nothing more', () => {
    const skippedGates = [{ gate: 'errors', operator: 'alice', skippedAt: time(130), recovery: 'r' }]
    const failed = ask(gate(), [bad(120)])
    const result = ask(gate(), [bad(130)], { before: failed, stage: { skippedGates } })
    expect(result).to.include({ state: 'passed', detail: 'skipped by alice', skippedBy: 'alice' })
    expect(result.lookAt).to.equal(undefined)
    expect(result.evidence?.value).to.equal('0.061')
  })

  it('says that it holds nothing up', () => {
    expect(ask(gate({ dryRun: true }), [bad(120)])).to.include({ state: 'failed', dryRun: true })
    expect(ask(gate(), [bad(120)])).not.to.have.property('dryRun')
  })

  it('waits no longer for its nodes than there are any', () => {
    const [result] = askGates([gate()], { stage: opened('stage-01', frozen()), members: [], now: at(0) })
    expect(result).to.include({ state: 'passed', detail: 'the stage has no nodes' })
  })
})
