import { expect } from 'chai'
import type { GateSpec } from '../../operator/api/rollout-plan.ts'
import type { GateState } from '../../operator/api/rollout-plan-status.ts'
import { changeOf } from '../../operator/rollout/change.ts'
import { evaluationName } from '../../operator/rollout/gates/evaluation.ts'
import { judgeVerdict } from '../../operator/rollout/gates/webhook.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { recover } from '../../operator/rollout/recovery.ts'
import { stuckReport } from '../../operator/rollout/report/stuck.ts'
import { at, nodes, plan, recovery, stage, time } from './build.ts'
import { type World, ask, condition, look, rollOut, settle, stageOf, tick, world } from './world.ts'

const webhook = {
  address: 'https://load.example',
  signingSecret: 's',
  timeoutSeconds: 10,
  callback: { deadlineSeconds: 3600 },
}
const LOAD: GateSpec = { kind: 'webhook', name: 'load', intervalSeconds: 60, webhook }
const APPROVAL: GateSpec = { kind: 'manual', name: 'go', approvals: 1 }

/** A stage of one node that has settled at 0, whose gate was asked nothing yet. */
function settled(gates: readonly GateSpec[] = [LOAD, APPROVAL]): World {
  const here = world(plan({ stages: [stage('stage-01', { nodes: { limit: 1 }, gates }), stage('stage-02')] }), nodes(2))
  rollOut(here, 0)
  return here
}

/** The service takes on the question that it is asked at that time. */
function takes(here: World, seconds: number): World {
  const reading = judgeVerdict({ kind: 'taken', reportBy: at(seconds + 3600) }, at(seconds))
  here.readings = new Map([['stage-01/load', [reading]]])
  settle(here, seconds + 1)
  here.readings = new Map()
  return here
}

function evaluation(seconds: number, parts: Partial<Parameters<typeof evaluationName>[0]> = {}): string {
  return evaluationName({ uid: 'uid-agent-1-4-2', stage: 'stage-01', gate: 'load', at: at(seconds), ...parts })
}

type ReportParts = NonNullable<Parameters<typeof recovery>[1]>

let reports = 0
const report = (named: string, state: GateState['state'], parts: ReportParts = {}) => {
  reports += 1
  const [, stageId = '', gate = ''] = named.split('/')
  const reason = 'p99 180 ms'
  return recovery('gate-report', {
    name: `report-${reports}`,
    stageId,
    gate,
    reason,
    report: { evaluation: named, state },
    ...parts,
  })
}

function refusal(here: World, request: ReturnType<typeof report>, seconds: number): string {
  const before = here.plan
  const outcome = ask(here, request, seconds)
  expect(here.plan).to.equal(before)
  return outcome.kind === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.kind
}

const load = (here: World) => stageOf(here).gates?.find(({ name }) => name === 'load')
const asks = (here: World, seconds: number) =>
  decide(look(here), at(seconds)).asks.map(({ due }) => (due - at(0)) / 1000)

describe('a webhook gate with a callback', () => {
  it('asks nothing before the nodes of the stage have settled', () => {
    const two = world(plan({ stages: [stage('stage-01', { batchSize: 2, gates: [LOAD] })] }), nodes(2))
    rollOut(two, 0, ['n02'])
    expect(load(two)).to.include({ state: 'unknown', detail: 'is asked when the nodes of the stage have settled' })
    expect(asks(two, 5)).to.deep.equal([])
    expect(asks(settled(), 5)).to.deep.equal([5])
  })

  it('waits for the report, says until when, and asks nobody else until then', () => {
    const here = takes(settled(), 10)
    expect(load(here)).to.include({
      state: 'unknown',
      detail: `was asked at ${time(10)}, and reports by itself until ${time(3610)}`,
    })
    expect(load(here)?.evidence).to.deep.include({
      verdict: 'unknown',
      askedAt: '2026-03-18T08:00:10.000Z',
      reportBy: '2026-03-18T09:00:10.000Z',
      nextAt: '2026-03-18T09:00:10.000Z',
    })
    expect([20, 1000, 3609].map(seconds => asks(here, seconds))).to.deep.equal([[3610], [3610], [3610]])
  })

  it('has that written at once, so that no new leader asks again', () => {
    const asked = (here: World, seconds: number) => {
      const reading = judgeVerdict({ kind: 'taken', reportBy: at(seconds + 3600) }, at(seconds))
      here.readings = new Map([['stage-01/load', [reading]]])
      return changeOf(here.plan.status, decide(look(here), at(seconds + 1)).status)
    }
    expect(asked(settled(), 10)).to.equal('course')
    const again = takes(settled(), 10)
    ask(again, report(evaluation(10), 'passed'), 2000)
    settle(again, 2001)
    expect(asked(again, 2060)).to.equal('course')
  })

  it('says so when no report has come, and asks anew', () => {
    const here = takes(settled(), 10)
    settle(here, 3610)
    const silence = `has had no verdict since ${time(10)}: it has not reported by ${time(3610)}`
    expect(load(here)).to.include({ state: 'unknown', detail: silence })
    expect(asks(here, 3611)).to.deep.equal([3610])
    takes(here, 3615)
    const again = `; was asked again at ${time(3615)}, and has until ${time(7215)}`
    expect(load(here)).to.include({ state: 'unknown', detail: `${silence}${again}` })
    expect(asks(here, 3700)).to.deep.equal([7215])
  })

  it('is told of in the stuck report', () => {
    const here = takes(settled([LOAD]), 10)
    const [stuck] = stuckReport([here.plan], 60, at(3000))
    expect(stuck?.stuckReason).to.equal(
      `webhook gate "load" was asked at ${time(10)}, and reports by itself until ${time(3610)}`,
    )
  })

  it('takes the report as its verdict, and asks again an interval later', () => {
    const here = takes(settled(), 10)
    expect(ask(here, report(evaluation(10), 'passed'), 2000).kind).to.equal('applied')
    expect(load(here)).to.include({ state: 'passed', detail: 'passed: p99 180 ms', since: time(2000) })
    expect(load(here)?.evidence).to.deep.include({ verdict: 'good', sampledAt: '2026-03-18T08:00:10.000Z' })
    expect(load(here)?.evidence).not.to.have.property('reportBy')
    expect(asks(here, 2001)).to.deep.equal([2060])
  })

  it('is promoted by a report when nothing else is missing', () => {
    const here = takes(settled([LOAD]), 10)
    ask(here, report(evaluation(10), 'passed'), 2000)
    settle(here, 2000)
    expect(stageOf(here).phase).to.equal('promoted')
  })

  it('stays as it was reported while the next report is waited for', () => {
    const here = takes(settled(), 10)
    ask(here, report(evaluation(10), 'passed'), 2000)
    takes(here, 2060)
    settle(here, 4000)
    expect(load(here)).to.include({ state: 'passed', detail: 'passed: p99 180 ms' })
    settle(here, 5700)
    expect(load(here)).to.include({ state: 'unknown' })
  })

  it('fails by a report, and asks nobody until the stage is retried', () => {
    const here = takes(settled(), 10)
    ask(here, report(evaluation(10), 'failed', { reason: 'p99 900 ms' }), 2000)
    settle(here, 2000)
    expect(load(here)).to.include({ state: 'failed', detail: 'failed: p99 900 ms' })
    expect(condition(here, 'Ready')).to.equal('False GateFailed')
    expect(asks(here, 9000)).to.deep.equal([])
    ask(here, recovery('retry'), 9000)
    settle(here, 9001)
    expect(asks(here, 9001)).to.deep.equal([9001])
  })

  it('is told that nothing can be told, and asks again', () => {
    const here = takes(settled(), 10)
    ask(here, report(evaluation(10), 'unknown', { reason: 'the generator ran out of memory' }), 2000)
    expect(load(here)).to.include({
      state: 'unknown',
      detail: `has had no verdict since ${time(2000)}: the generator ran out of memory`,
    })
    expect(asks(here, 2001)).to.deep.equal([2060])
  })

  it('counts reports in a row', () => {
    const here = takes(settled([{ ...LOAD, consecutive: 2 }, APPROVAL]), 10)
    ask(here, report(evaluation(10), 'passed'), 2000)
    const first = 'passed: p99 180 ms, and must be so in 2 readings in a row'
    expect(load(here)).to.include({ state: 'unknown', detail: first }).and.not.to.have.property('due')
    takes(here, 2060)
    expect(load(here)?.detail).to.include(`was asked again at ${time(2060)}`)
    ask(here, report(evaluation(2060), 'passed'), 4000)
    expect(load(here)).to.include({ state: 'passed' })
  })

  it('counts no good report of a question that was asked before the nodes had settled anew', () => {
    const here = takes(settled(), 10)
    const { status } = here.plan
    const later = (status.stages ?? []).map(known =>
      known.id === 'stage-01' ? { ...known, settledAt: time(100) } : known,
    )
    here.plan = { ...here.plan, status: { ...status, stages: later } }
    ask(here, report(evaluation(10), 'passed'), 2000)
    expect(load(here)).to.include({ state: 'unknown' })
  })
})

describe('a report', () => {
  it('is no progress: a service that cannot tell must not hide that the plan is stuck', () => {
    const here = takes(settled(), 10)
    const { updatedAt, history, conditions } = here.plan.status
    ask(here, report(evaluation(10), 'unknown'), 2000)
    expect(here.plan.status).to.deep.include({ updatedAt, history, conditions })
  })

  it('is the recovery that was applied last, so that it counts once', () => {
    const here = takes(settled(), 10)
    const outcome = ask(here, report(evaluation(10), 'passed'), 2000)
    const result = outcome.kind === 'refused' ? {} : outcome.result
    expect(result).to.include({ strategy: 'gate-report', previousPhase: 'active', newPhase: 'active' })
    expect(here.plan.status.lastRecovery).to.deep.equal(result)
  })

  it('counts while the plan is paused, too', () => {
    const here = takes(settled(), 10)
    ask(here, recovery('pause'), 20)
    expect(ask(here, report(evaluation(10), 'passed'), 2000).kind).to.equal('applied')
    expect(load(here)).to.include({ state: 'passed' })
  })

  it('waits until the status knows its question, for a moment, and holds nobody up', () => {
    const here = settled()
    const early = report(evaluation(10), 'passed')
    expect(recover(look(here), early, at(10.5)).kind).to.equal('postponed')
    takes(here, 10)
    expect(recover(look(here), early, at(12)).kind).to.equal('applied')
    expect(refusal(settled(), early, 36)).to.match(/^evaluation_not_awaited: .* was not asked, or not taken on/)
  })

  it('is taken of one that was asked anew before the status knows it, and the one before it is over', () => {
    const here = takes(settled(), 10)
    tick(here, 3610)
    expect(recover(look(here), report(evaluation(3611), 'passed'), at(3612)).kind).to.equal('postponed')
    expect(refusal(here, report(evaluation(10), 'passed'), 3612)).to.match(
      /^evaluation_not_awaited: .* was waited for until/,
    )
  })
})

describe('a report is refused', () => {
  const cases: readonly (readonly [
    what: string,
    code: string,
    words: RegExp,
    make: () => readonly [World, ReturnType<typeof report>, number],
  ])[] = [
    [
      'that comes twice',
      'already_reported',
      /was reported on already, as passed$/,
      () => {
        const here = takes(settled(), 10)
        ask(here, report(evaluation(10), 'passed'), 2000)
        return [here, report(evaluation(10), 'passed'), 2010]
      },
    ],
    [
      'that says something else the second time',
      'already_reported',
      /was reported on already, as failed$/,
      () => {
        const here = takes(settled(), 10)
        ask(here, report(evaluation(10), 'failed'), 2000)
        return [here, report(evaluation(10), 'passed'), 2010]
      },
    ],
    [
      'that comes too late',
      'evaluation_not_awaited',
      /was waited for until 2026-03-18T09:00:10Z, and it is asked anew$/,
      () => [takes(settled(), 10), report(evaluation(10), 'passed'), 3611],
    ],
    [
      'on a question from before the last retry',
      'evaluation_not_awaited',
      /is from before stage stage-01 was opened or last retried, at 2026-03-18T08:16:40Z$/,
      () => {
        const here = takes(settled(), 10)
        ask(here, recovery('retry'), 1000)
        return [here, report(evaluation(10), 'passed'), 1001]
      },
    ],
    [
      'on a question from before the opening of the stage',
      'evaluation_not_awaited',
      /is from before stage stage-01 opened/,
      () => [takes(settled(), 10), report(evaluation(-10), 'passed'), 20],
    ],
    [
      'on a question that nobody asked, while another is waited for',
      'evaluation_not_awaited',
      /it waits for a report on the question of 2026-03-18T08:00:10.000Z, not on/,
      () => [takes(settled(), 10), report(evaluation(15), 'passed'), 20],
    ],
    [
      'on a question that was answered at once',
      'evaluation_not_awaited',
      /was not asked, or not taken on/,
      () => {
        const here = settled()
        const reading = judgeVerdict({ kind: 'said', state: 'unknown', detail: '' }, at(10))
        here.readings = new Map([['stage-01/load', [reading]]])
        settle(here, 11)
        return [here, report(evaluation(10), 'passed'), 12]
      },
    ],
    [
      'on a question of the future',
      'evaluation_not_awaited',
      /was not asked/,
      () => [settled(), report(evaluation(100), 'passed'), 20],
    ],
    [
      'for another plan that had this name',
      'plan_replaced',
      /has UID uid-agent-1-4-2, and uid-other was asked for$/,
      () => [takes(settled(), 10), report(evaluation(10, { uid: 'uid-other' }), 'passed'), 20],
    ],
    [
      'for a stage that is closed',
      'stage_not_current',
      /the current stage of plan agent-1-4-2 is stage-02/,
      () => {
        const here = takes(settled(), 10)
        ask(here, recovery('skip_failed'), 20)
        return [here, report(evaluation(10), 'passed'), 30]
      },
    ],
    [
      'for a stage that is halted',
      'stage_halted',
      /was halted for good$/,
      () => {
        const here = takes(settled(), 10)
        ask(here, recovery('halt'), 20)
        return [here, report(evaluation(10), 'passed'), 30]
      },
    ],
    [
      'for a gate that was skipped',
      'already_skipped',
      /was skipped by alice$/,
      () => {
        const here = takes(settled(), 10)
        ask(here, recovery('skip_failed', { gate: 'load' }), 20)
        return [here, report(evaluation(10), 'passed'), 30]
      },
    ],
    [
      'for a gate that the stage does not have',
      'gate_not_found',
      /has no gate lod$/,
      () => [takes(settled(), 10), report(evaluation(10, { gate: 'lod' }), 'passed'), 20],
    ],
    [
      'for a gate of another kind',
      'no_callback_gate',
      /gate go of stage stage-01 takes no reports/,
      () => [takes(settled(), 10), report(evaluation(10, { gate: 'go' }), 'passed'), 20],
    ],
    [
      'for a webhook gate that has to be answered',
      'no_callback_gate',
      /it has no webhook\.callback$/,
      () => {
        const { callback: _, ...plain } = webhook
        return [settled([{ ...LOAD, webhook: plain }]), report(evaluation(10), 'passed'), 20]
      },
    ],
    [
      'whose words are of another gate than its question',
      'evaluation_not_awaited',
      /gate other of stage stage-01 was asked$/,
      () => [takes(settled(), 10), report(evaluation(10, { gate: 'other' }), 'passed', { gate: 'load' }), 20],
    ],
    [
      'for a plan that has ended',
      'plan_already_terminal',
      /is rolled_back/,
      () => {
        const here = takes(settled(), 10)
        ask(here, recovery('rollback'), 20)
        return [here, report(evaluation(10), 'passed'), 30]
      },
    ],
  ]
  for (const [what, code, words, make] of cases)
    it(what, () => {
      const [here, request, seconds] = make()
      const told = refusal(here, request, seconds)
      expect(told).to.match(words)
      expect(told.split(':')[0]).to.equal(code)
    })
})
