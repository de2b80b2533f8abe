import { expect } from 'chai'
import { adviceFor } from '../../../kubectl-plugin/text/advice.ts'
import { consequenceText, finalConsequence } from '../../../kubectl-plugin/text/consequences.ts'
import { describeText } from '../../../kubectl-plugin/text/describe.ts'
import { documentedApproval, documentedRecovery } from '../../../kubectl-plugin/text/documented.ts'
import { planListText, planRows } from '../../../kubectl-plugin/text/plan-list.ts'
import { statusLine, verdictOf } from '../../../kubectl-plugin/text/status.ts'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { at, gate, open, plan, promoted, time, unopened } from '../ui/build.ts'

const PIPE = { columns: undefined, colour: false }
const NARROW = { columns: 80, colour: false }
const gated = plan({
  reason: 'GateFailed',
  message: 'stage ring: gate health (1 of 2 activated nodes are healthy) not passed',
  stuck: true,
  stages: [
    promoted('canary', 3),
    open('ring', { activated: 2, failed: 1, pending: 3 }, [
      gate({ name: 'health', kind: 'health', state: 'failed', detail: '1 of 2' }),
    ]),
    unopened('wide'),
  ],
})
const words = (command: readonly string[]) => ['autonomy', ...command].join(' ')

describe('plan list', () => {
  const rows = planRows({ items: [plan(), gated] }, at(4_000))

  it('has no cell that is wider than 80 columns leave', () => {
    for (const line of planListText(rows, false, NARROW).split('\n')) expect([...line].length).to.be.at.most(80)
  })

  it('says for how long a plan is stuck, and of others nothing', () => {
    expect(rows.map(({ stuck }) => (typeof stuck === 'string' ? stuck : stuck.text))[0]).to.equal('')
    expect(rows[1]?.stuck).to.have.property('text').that.match(/\d/)
  })

  it('tells release, artifact and the whole sentence when it may be wide', () => {
    expect(planListText(rows, true, PIPE))
      .to.include('RELEASE')
      .and.include('not passed')
  })
})

describe('plan describe', () => {
  const text = describeText(gated, adviceFor(gated, words), at(4_000), PIPE)

  it('has the documented label of the phase', () => {
    expect(text).to.match(/^Phase: +active$/m)
  })

  it('tells stages, gates of the current one, and what can be done', () => {
    expect(text).to.match(/^ring +open +6 +2 +0 +1 +0 +0 of 1 passed$/m)
    expect(text).to.match(/^health +health +failed/m)
    expect(text).to.include('autonomy rollout recover agent-2 --strategy retry --stage-id ring --reason …')
  })

  it('fits 80 columns but for commands to be copied', () => {
    const lines = describeText(gated, adviceFor(gated, words), at(4_000), NARROW).split('\n')
    const long = lines.filter(line => [...line].length > 80 && !line.startsWith('  autonomy '))
    expect(long.filter(line => !/^(The|It|No|You) /.test(line))).to.deep.equal([])
  })
})

describe('advice follows the decision tree of the runbook', () => {
  const cases: readonly (readonly [reason: string, strategies: readonly string[]])[] = [
    ['GateFailed', ['rollback', 'retry', 'skip_failed']],
    ['TooManyFailures', ['rollback', 'retry', 'skip_failed']],
    ['NodesUnreachable', ['rollback', 'retry', 'skip_failed']],
    ['NoNodes', ['skip_failed', 'rollback']],
    ['AwaitingApproval', ['approve', 'rollback']],
    ['Paused', ['resume', 'rollback']],
    ['StageHalted', ['retry', 'rollback']],
    ['Activating', []],
    ['Soaking', []],
  ]
  for (const [reason, strategies] of cases)
    it(`for ${reason}: ${strategies.join(', ') || 'none, it goes on by itself'}`, () => {
      const given = adviceFor(plan({ reason }), words).map(({ words: command }) => {
        const at = command.indexOf('--strategy')
        return at < 0 ? command.find(word => word === 'approve' || word === 'resume') : command[at + 1]
      })
      expect(given).to.deep.equal(strategies)
    })

  it('is none for a plan that has ended', () => {
    expect(adviceFor(plan({ phase: 'rolled_back', reason: 'RolledBack' }), words)).to.deep.equal([])
  })

  it('names the stage that is meant, so that a plan that has moved on is left alone', () => {
    for (const { words: command } of adviceFor(gated, words)) expect(command.join(' ')).to.include('--stage-id ring')
  })

  it('does not name a halted stage, which is not the one that goes on', () => {
    const [retry] = adviceFor(plan({ phase: 'paused', reason: 'StageHalted' }), words)
    expect(retry?.words).not.to.include('--stage-id')
  })
})

describe('what cannot be taken back', () => {
  for (const strategy of ['rollback', 'skip_failed', 'halt', 'cancel', 'approve'] as const)
    it(`is shown before ${strategy}: nodes by what happens to them, and what is lost`, () => {
      const text = consequenceText(finalConsequence(gated, strategy) ?? { title: '', effects: [], lost: '' })
      expect(text.split('\n').length).to.be.greaterThan(3)
      expect(text).to.match(/for good|cannot be taken back|cannot be opened again/)
    })

  for (const strategy of ['retry', 'pause', 'resume'] as const)
    it(`is not ${strategy}`, () => {
      expect(finalConsequence(gated, strategy)).to.equal(undefined)
    })
})

describe('documented answers', () => {
  const recovery = {
    kind: 'Recovery',
    apiVersion: 'orchestrator.autonomyops.dev/v1',
    metadata: { name: 'r', namespace: 'fleet' },
    recovered_at: time(0),
    reason: 'because',
    new_phase: 'active',
    previous_phase: 'active',
    strategy: 'skip_failed',
    skipped_stage_id: 'stage-03',
    next_stage_id: 'stage-04',
    plan_id: 'plan-abc123',
    recovery: 'r',
  } as const

  it('have the documented keys in the documented order, and no other', () => {
    expect(Object.keys(JSON.parse(documentedRecovery(recovery)) as object)).to.deep.equal([
      'plan_id',
      'strategy',
      'previous_phase',
      'new_phase',
      'skipped_stage_id',
      'next_stage_id',
      'reason',
      'recovered_at',
    ])
  })

  it('leave out stages where the server does', () => {
    const { skipped_stage_id: _, next_stage_id: _next, ...retried } = recovery
    expect(Object.keys(JSON.parse(documentedRecovery({ ...retried, strategy: 'retry' })) as object)).to.deep.equal([
      'plan_id',
      'strategy',
      'previous_phase',
      'new_phase',
      'reason',
      'recovered_at',
    ])
  })

  it('say when nothing was done', () => {
    expect(documentedRecovery({ ...recovery, dry_run: true })).to.include('"dry_run": true')
  })

  it('of an approval are the three documented words', () => {
    const approval = {
      kind: 'Approval',
      apiVersion: 'orchestrator.autonomyops.dev/v1',
      metadata: {},
      plan_id: 'p',
      stage_id: 's',
      gate: 'manual',
      approved: true,
      promoted: false,
      message: 'm',
      operator: 'alice',
      recovery: 'r',
      recovered_at: time(0),
    }
    expect(documentedApproval(approval)).to.equal('{\n  "approved": true,\n  "promoted": false,\n  "message": "m"\n}\n')
  })
})

describe('status', () => {
  const verdicts = [
    [plan({ phase: 'completed' }), EXIT.completed],
    [plan({ phase: 'rolled_back' }), EXIT.failed],
    [plan({ phase: 'cancelled' }), EXIT.failed],
    [gated, EXIT.stuck],
    [plan(), undefined],
    [plan({ phase: 'paused' }), undefined],
    [plan({ phase: 'published' }), undefined],
  ] as const
  for (const [body, verdict] of verdicts)
    it(`of a plan that is ${body.phase}${body === gated ? ' and stuck' : ''} is ${verdict ?? 'to be waited for'}`, () => {
      expect(verdictOf(body)).to.equal(verdict)
    })

  it('is one line, whatever the message has in it', () => {
    expect(statusLine(plan({ message: 'a\nb\u001b[2J' }), at(60))).to.match(/^agent-2 active, stage ring, .*a b/)
    expect(statusLine(plan({ message: 'a\nb' }), at(60)).split('\n')).to.have.length(1)
  })
})
