import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { consequenceOf } from '../../../../kubectl-plugin/ui/view/consequence.ts'
import { type Deed, offerOf } from '../../../../kubectl-plugin/ui/view/offer.ts'
import { remediesOf } from '../../../../kubectl-plugin/ui/view/remedy.ts'
import { standingOf } from '../../../../kubectl-plugin/ui/view/standing.ts'
import { at, gate, open, plan, promoted, stuckPlan, unopened } from '../build.ts'

const halted = plan({
  phase: 'paused',
  reason: 'StageHalted',
  stalled: true,
  stages: [promoted('canary', 3), { ...open('ring', { activated: 2, pending: 4 }), phase: 'halted' }, unopened('wide')],
})
const paused = stuckPlan({ phase: 'paused', reason: 'Paused' })
const ended = plan({ phase: 'rolled_back', reason: 'RolledBack', stalled: true })
const waiting = plan({
  phase: 'published',
  reason: 'WaitingForPlan',
  waiting_for: 'fleet/agent-1',
  stages: [unopened('ring')],
})
const ungated = plan()

describe('how a plan stands', () => {
  const cases = [
    ['nodes are being activated', plan(), 'moving', 'moving'],
    ['a soak runs', plan({ reason: 'Soaking' }), 'waiting', 'waiting'],
    ['an approval is missing', plan({ reason: 'AwaitingApproval' }), 'waiting', 'needs approval'],
    ['an approval has been missing for too long', plan({ reason: 'AwaitingApproval', stuck: true }), 'stuck', 'stuck'],
    ['too many nodes failed', stuckPlan({ stuck: false }), 'stuck', 'stuck'],
    ['somebody paused it', paused, 'stopped', 'paused'],
    ['somebody halted its stage', halted, 'stopped', 'halted'],
    ['somebody rolled it back', ended, 'stopped', 'rolled back'],
    ['it is completed', plan({ phase: 'completed', reason: 'Completed' }), 'done', 'completed'],
  ] as const
  for (const [what, body, kind, word] of cases)
    it(`when ${what}`, () => expect(standingOf(body, at(60))).to.deep.include({ kind, word }))
})

describe('what can be done', () => {
  const reasons = [
    ...readFileSync(join(import.meta.dirname, '../../../../docs/reasons.md'), 'utf8')
      .split('## Why a node has failed')[0]!
      .matchAll(/^\| `(\w+)`/gm),
  ].map(([, reason]) => reason!)
  const byItself = ['WaitingForPlan', 'Progressing', 'Activating', 'Soaking', 'Completed']

  for (const reason of reasons)
    it(`about ${reason} is ${byItself.includes(reason) ? 'nothing' : 'said'}`, () => {
      const body = plan({ reason, stages: [open('ring', { activated: 2 }, [gate()])] })
      const remedies = remediesOf(body, standingOf(body, at(60)))
      expect(remedies.length > 0).to.equal(!byItself.includes(reason))
    })

  it('about anything that has lasted too long is a recovery', () => {
    const body = plan({ reason: 'Activating', stuck: true })
    expect(remediesOf(body, standingOf(body, at(60))).map(({ key }) => key)).to.deep.equal(['r'])
  })
})

describe('an action is offered', () => {
  const plans = { stuck: stuckPlan(), paused, halted, ended, waiting, ungated } as const
  const possible: { readonly [name in keyof typeof plans]: readonly Deed[] } = {
    stuck: ['rollback', 'retry', 'skip_failed', 'halt', 'pause', 'approve'],
    paused: ['rollback', 'retry', 'resume', 'approve'],
    halted: ['rollback', 'retry'],
    ended: [],
    waiting: ['rollback'],
    ungated: ['rollback', 'retry', 'skip_failed', 'halt', 'pause'],
  }
  const deeds: readonly Deed[] = ['rollback', 'retry', 'skip_failed', 'halt', 'pause', 'resume', 'approve']
  for (const [name, body] of Object.entries(plans))
    it(`for a plan that is ${name}: ${possible[name as keyof typeof plans].join(', ') || 'none'}`, () => {
      const offered = deeds.filter(deed => offerOf(body, deed).kind === 'possible')
      expect(offered).to.deep.equal(possible[name as keyof typeof plans])
    })

  it('or refused with a sentence that says what to do instead', () => {
    expect(offerOf(halted, 'skip_failed')).to.deep.equal({
      kind: 'refused',
      why: 'stage ring is halted for good: retry goes on with the next one',
    })
  })
})

describe('what will happen', () => {
  const said = (body: Parameters<typeof consequenceOf>[0], deed: Deed) => {
    const { title, effects, lost } = consequenceOf(body, deed)
    return [title, ...effects, lost].join('\n')
  }
  const inFlight = plan({
    stages: [
      promoted('canary', 3),
      open('ring', { activated: 2, activating: 1, failed: 1, pending: 2 }, [gate()]),
      unopened('wide'),
    ],
  })
  const last = plan({ stages: [promoted('canary', 3), open('ring', { activated: 2, failed: 1 }, [gate()])] })
  const cases = [
    [
      'rollback',
      inFlight,
      [
        '5 nodes activated: kept on release 1.4.3',
        '1 node in flight: given back what they had',
        '2 nodes not reached, and all of stage wide: never touched',
        'ends for good as rolled_back',
      ],
    ],
    [
      'retry',
      inFlight,
      [
        '1 node failed: tried again',
        '2 nodes activated: kept',
        '1 node in flight: waited for',
        '2 nodes not reached: reached in batches',
      ],
    ],
    [
      'retry',
      halted,
      ['Stage ring stays halted: its 4 nodes without the release are not activated', 'Stage wide opens then'],
    ],
    [
      'skip_failed',
      inFlight,
      [
        'past gate manual (0 of 1 approvals)',
        '1 node failed: left alone',
        '2 nodes activated: kept',
        '1 node in flight: allowed to finish',
        '2 nodes not reached: caught up later',
        'Stage wide opens then',
        'its gates are never asked again',
      ],
    ],
    ['skip_failed', last, ['It is the last stage: the plan is completed then']],
    [
      'halt',
      inFlight,
      [
        '2 nodes activated: kept',
        '1 node in flight: given back',
        '3 nodes not activated: never activated',
        'cannot be opened again',
      ],
    ],
    ['pause', inFlight, ['1 node in flight: allowed to finish', 'until somebody resumes']],
    ['resume', paused, ['Stage ring goes on where it was']],
    ['approve', inFlight, ['Approve gate manual of stage ring', '0 of 1 approvals', 'cannot be taken back']],
  ] as const
  for (const [deed, body, sentences] of cases)
    it(`is said before ${deed} of a plan in phase ${body.phase} (${body.stages.length} stages)`, () => {
      for (const sentence of sentences) expect(said(body, deed)).to.include(sentence)
    })

  it('loses nothing with what can be taken back', () => {
    const lost = (['retry', 'pause', 'resume'] as const).map(deed => consequenceOf(inFlight, deed).lost)
    expect(lost).to.deep.equal(['', '', ''])
  })
})
