import { expect } from 'chai'
import type { GateSpec } from '../../../operator/api/rollout-plan.ts'
import type { GateState, StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { askGates } from '../../../operator/rollout/gates/gate.ts'
import { asksOf } from '../../../operator/rollout/gates/ask.ts'
import type { Reading } from '../../../operator/rollout/gates/reading.ts'
import { type Verdict, judgeVerdict } from '../../../operator/rollout/gates/webhook.ts'
import { at, frozen, members, opened, stage, time } from '../build.ts'

const webhook = { address: 'https://checks.example', signingSecret: 's', timeoutSeconds: 10 }
const gate: GateSpec = { kind: 'webhook', name: 'smoke', intervalSeconds: 10, webhook }
const said = (state: GateState['state'], detail = ''): Verdict => ({ kind: 'said', state, detail })
const reading = (seconds: number, verdict: Verdict): Reading => judgeVerdict(verdict, at(seconds))
const away: Verdict = { kind: 'nothing', why: 'connection refused' }

const SETTLED: Partial<StageStatus> = { settledAt: time(100) }

/** A stage that opened at 0, and has settled at 100 unless something else is said. */
function ask(spec: GateSpec, readings: readonly Reading[], parts = SETTLED) {
  const [result] = askGates([spec], {
    stage: opened('stage-01', frozen(), parts),
    members: members('activated'),
    now: readings.at(-1)?.at ?? at(0),
    readings: new Map([['stage-01/smoke', readings]]),
  })
  return result!
}

describe('a webhook gate', () => {
  it('passes when the service says so, once the stage has settled', () => {
    expect(ask(gate, [reading(110, said('passed', '40 checks'))])).to.include({
      state: 'passed',
      detail: 'passed: 40 checks',
    })
    expect(ask(gate, [reading(90, said('passed'))])).to.include({ state: 'unknown' })
    expect(ask(gate, [reading(90, said('passed'))], {}).detail).to.equal(
      'passed, and counts for it when the nodes of the stage have settled',
    )
  })

  it('fails when the service says so, and stays failed', () => {
    const failed = reading(110, said('failed', '3 of 40 checks are red'))
    expect(ask(gate, [failed])).to.include({ state: 'failed', detail: 'failed: 3 of 40 checks are red' })
    expect(ask(gate, [failed, reading(120, said('passed'))])).to.include({ state: 'failed' })
    expect(ask({ ...gate, failureLimit: 1 }, [failed, reading(120, said('passed'))])).to.include({ state: 'passed' })
  })

  it('knows nothing while the service knows nothing, or is away, and says since when', () => {
    expect(ask(gate, [reading(110, said('unknown', 'tests are running'))])).to.include({
      state: 'unknown',
      detail: `has had no verdict since ${time(110)}: tests are running`,
    })
    expect(ask(gate, [reading(110, away), reading(120, away)])).to.include({
      state: 'unknown',
      detail: `has had no verdict since ${time(110)}: connection refused`,
    })
    expect(reading(110, said('unknown')).trouble).to.equal('it does not know yet')
  })

  it('wants as many verdicts in a row as it was told', () => {
    const passed = [110, 120].map(seconds => reading(seconds, said('passed')))
    expect(ask({ ...gate, consecutive: 3 }, passed).state).to.equal('unknown')
    expect(ask({ ...gate, consecutive: 2 }, passed).state).to.equal('passed')
  })

  it('tells the service when the stage opened, and when it has settled', () => {
    const of = (parts: Partial<StageStatus>) => {
      const open = opened('stage-01', frozen(), parts)
      const results = askGates([gate], { stage: open, members: members('activated'), now: at(110) })
      return asksOf(stage('stage-01', { gates: [gate] }), open, members('activated'), results)[0]
    }
    expect(of(SETTLED)).to.include({ openedAt: at(0), settledAt: at(100) })
    expect(of({}))
      .to.include({ openedAt: at(0) })
      .and.not.to.have.property('settledAt')
  })

  it('keeps of a long story what its status has room for', () => {
    for (const character of ['x', '本', '🤖', '"']) {
      const long = character.repeat(5_000)
      expect(reading(110, said('failed', long)).said?.length).to.be.at.most(320)
      expect(reading(110, said('unknown', long)).trouble?.length).to.be.at.most(256)
    }
  })
})
