import { expect } from 'chai'
import { STRATEGIES } from '../../operator/api/rollout-plan-status.ts'
import { REPORT, recovery } from './object.ts'
import { withApi } from './server.ts'
import type { Wire } from './server.ts'

const NAMED = 'gate-report needs the stageId and the gate that its evaluation names'

const REFUSED: readonly (readonly [what: string, recovery: Wire, ...says: readonly string[]])[] = [
  ['no reason', recovery('r', { reason: undefined }), 'spec.reason: Required value'],
  ['an empty reason', recovery('r', { reason: '' }), 'spec.reason: Invalid value: "": say why, in words'],
  [
    'a blank reason',
    recovery('r', { reason: ' \t\n ' }),
    'spec.reason: Invalid value: " \\t\\n ": say why, in words: the reason is the audit record',
  ],
  ['a reason of more than 1024 characters', recovery('r', { reason: 'x'.repeat(1025) }), 'spec.reason: Too long'],
  [
    'an unknown strategy',
    recovery('r', { strategy: 'restart' }),
    'spec.strategy: Unsupported value: "restart"',
    ...STRATEGIES.map(strategy => `"${strategy}"`),
  ],
  ['no strategy', recovery('r', { strategy: undefined }), 'spec.strategy: Required value'],
  ['no plan', recovery('r', { planName: undefined }), 'spec.planName: Required value'],
  ['an empty plan name', recovery('r', { planName: '' }), 'spec.planName in body should be at least 1 chars long'],
  [
    'an approval that does not say of which stage',
    recovery('r', { strategy: 'approve', operator: 'alice' }),
    'spec: Invalid value: approve needs stageId: the stage whose manual gate is approved',
  ],
  [
    'an approval by nobody',
    recovery('r', { strategy: 'approve', stageId: 'canary' }),
    'spec: Invalid value: approve needs operator: approvals are counted by person',
  ],
  ...(
    [
      ['a report of no question', { report: undefined }, 'report belongs to strategy gate-report, which needs it'],
      ['a report for a gate that was not asked', { gate: 'other' }, NAMED],
      ['a report for another stage than was asked', { stageId: 'ring' }, NAMED],
      ['a report that does not say for which gate', { gate: undefined }, NAMED],
      [
        'a report by another strategy',
        { strategy: 'retry', gate: undefined },
        'report belongs to strategy gate-report',
      ],
      ['a report that says something else', { report: { ...REPORT.report, state: 'ok' } }, 'Unsupported value: "ok"'],
      [
        'a report on what is no question',
        { report: { ...REPORT.report, evaluation: 'a-uid/canary/load/soon' } },
        'spec.report.evaluation: Invalid value',
      ],
    ] as const
  ).map(
    ([what, parts, says]) => [what, recovery('r', { strategy: 'gate-report', ...REPORT, ...parts }), says] as const,
  ),
  [
    'a plan name that no plan can have',
    recovery('r', { planName: 'Agent 2' }),
    'spec.planName: Invalid value: "Agent 2"',
  ],
  ['an empty UID', recovery('r', { planUid: '' }), 'spec.planUid in body should be at least 1 chars long'],
  [
    'a blank operator',
    recovery('r', { strategy: 'approve', stageId: 'canary', operator: '  ' }),
    'spec.operator: Invalid value: "  ": say who asks: operator is a name, not blanks',
  ],
  ['an empty operator', recovery('r', { operator: '' }), 'spec.operator in body should be at least 1 chars long'],
]

describe('rules of RolloutRecovery on the API server', () => {
  const api = withApi()

  for (const [what, object, ...says] of REFUSED)
    it(`refuse ${what}`, async () => {
      const { status, body } = await api().create(object, 'dryRun=All')
      expect(status, JSON.stringify(body)).to.equal(422)
      for (const text of says) expect(body.message).to.include(text)
    })

  for (const strategy of STRATEGIES)
    it(`accept ${strategy}`, async () => {
      const more = strategy === 'gate-report' ? REPORT : { stageId: 'canary' }
      const object = recovery('r', { strategy, operator: 'alice', planUid: 'a-uid', ...more })
      expect((await api().create(object, 'dryRun=All')).status).to.equal(201)
    })

  it('need no more than plan, strategy and reason', async () => {
    expect((await api().create(recovery('r'), 'dryRun=All')).status).to.equal(201)
  })

  it('take a name from the server, so that one file can be created again and again', async () => {
    const { metadata: _, ...rest } = recovery('r')
    const unnamed = JSON.stringify({ ...rest, metadata: { generateName: 'agent-2-retry-' } })
    for (const _time of [1, 2]) {
      const created = await api().kubectl(['create', '-f', '-', '-o', 'name'], unnamed)
      expect(created.stdout).to.match(/^rolloutrecovery\.fleet\.autonomyops\.dev\/agent-2-retry-\w{5}\n$/)
    }
  })

  it('refuse a misspelt field and name it', async () => {
    const { status, body } = await api().create(recovery('r', { stageID: 'canary' }), 'dryRun=All')
    expect(status).to.equal(400)
    expect(body.message).to.include('unknown field "spec.stageID"')
  })

  describe('once it exists', () => {
    const existing = recovery('existing', { stageId: 'canary', operator: 'alice' })

    before(async () => {
      expect(await api().create(existing)).to.include({ status: 201 })
    })

    for (const [what, spec] of [
      ['its strategy', { strategy: 'rollback' }],
      ['its reason', { reason: 'something else' }],
      ['who asked', { operator: 'bob' }],
      ['its stage, by leaving it out', { stageId: null }],
      ['its plan’s UID, by adding one', { planUid: 'a-uid' }],
    ] as const)
      it(`nobody changes ${what}`, async () => {
        const { status, body } = await api().patch(existing, { spec })
        expect(status).to.equal(422)
        expect(body.message).to.equal(
          'RolloutRecovery.fleet.autonomyops.dev "existing" is invalid: spec: Forbidden: a recovery cannot be edited, it is the audit record; create another one',
        )
      })

    for (const verdict of ['Succeeded', 'Rejected'] as const)
      it(`is judged once: ${verdict} stays ${verdict}`, async () => {
        const judged = recovery(`judged-${verdict.toLowerCase()}`)
        await api().create(judged)
        expect((await api().patch(judged, { status: { phase: verdict } }, 'status')).status).to.equal(200)
        const others = ['Pending', 'Succeeded', 'Rejected'].filter(phase => phase !== verdict)
        for (const status of [...others.map(phase => ({ phase })), { code: 'stage_halted' }, null]) {
          const again = await api().patch(judged, { status }, 'status')
          expect(again.status).to.equal(422)
          expect(again.body.message).to.include(
            'status: Invalid value: a recovery is judged once, and its verdict stays',
          )
        }
      })
  })
})
