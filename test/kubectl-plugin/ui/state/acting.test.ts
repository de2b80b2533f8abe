import { expect } from 'chai'
import fc from 'fast-check'
import type { Event, Key } from '../../../../kubectl-plugin/ui/state/event.ts'
import type { Request } from '../../../../kubectl-plugin/ui/state/request.ts'
import type { Command } from '../../../../kubectl-plugin/ui/state/state.ts'
import { at, gate, members, open, plan, stuckPlan } from '../build.ts'
import { type Person, atPlan, atPlans, seen } from './world.ts'

const sends = ({ commands }: Person): readonly Request[] =>
  commands.flatMap(command => (command.kind === 'send' ? [command.request] : []))

describe('recovering by the decision tree', () => {
  const cases = [
    ['harmful', 'ry', 'rollback'],
    ['not harmful, clears by itself', 'rny', 'retry'],
    ['not critical, and validated', 'rnny', 'skip_failed'],
  ] as const
  for (const [answers, keys, deed] of cases)
    it(`${answers}: ${deed}`, () => {
      const person = atPlan().type(keys).type('because of the test').press('enter').type('y')
      expect(sends(person)).to.deep.equal([{ deed, plan: 'agent-2', stage: 'ring', reason: 'because of the test' }])
    })

  it('leads nowhere when nothing fits', () => {
    const person = atPlan().type('rnnn').type('y').press('enter').type('y')
    expect(sends(person)).to.deep.equal([])
  })
  it('goes one question back', () => {
    const person = atPlan().type('rnn').press('backspace').type('y').type('mended').press('enter').type('y')
    expect(sends(person)[0]?.deed).to.equal('retry')
  })
  it('does not begin for a plan that has ended', () => {
    const person = atPlan(plan({ phase: 'completed' })).type('r')
    expect([person.state().dialog, person.state().notice?.text]).to.deep.equal([
      undefined,
      'agent-2 is completed: it has ended, nothing is left to do',
    ])
  })
  it('says why a strategy is not possible, and stays at the question', () => {
    const paused = stuckPlan({ phase: 'paused', reason: 'Paused' })
    expect(atPlan(paused).type('rnny').state().dialog).to.deep.equal({
      kind: 'guide',
      question: 'validated',
      complaint: 'agent-2 is paused: r, rollback, stops it for good; p resumes it first, and nodes are told again',
    })
  })
  it('can begin in the overview, for the plan that is chosen', () => {
    const person = atPlans([stuckPlan(), plan({ plan_id: 'b' })])
      .type('ry')
      .type('bad')
      .press('enter')
      .type('y')
    expect(sends(person)).to.deep.equal([{ deed: 'rollback', plan: 'agent-2', stage: 'ring', reason: 'bad' }])
  })
})

describe('an action', () => {
  const others = [
    ['h', { deed: 'halt', plan: 'agent-2', stage: 'ring', reason: 'why' }],
    ['p', { deed: 'pause', plan: 'agent-2', stage: 'ring', reason: 'why' }],
    ['a', { deed: 'approve', plan: 'agent-2', stage: 'ring', gate: 'manual', reason: 'why' }],
  ] as const
  for (const [key, request] of others)
    it(`${request.deed} is sent with its reason`, () => {
      expect(sends(atPlan().type(key).type('why').press('enter').type('y'))).to.deep.equal([request])
    })
  it('resume is what p means for a paused plan', () => {
    const person = atPlan(stuckPlan({ phase: 'paused' }))
      .type('p')
      .type('why')
      .press('enter')
      .type('y')
    expect(sends(person)[0]?.deed).to.equal('resume')
  })
  it('has no reason until somebody types one', () => {
    expect(atPlan().type('h').state().dialog).to.deep.include({ kind: 'reason', text: '' })
  })
  for (const [what, reason] of [
    ['none', ''],
    ['blanks', '   '],
  ] as const)
    it(`is not sent for ${what}`, () => {
      expect(atPlan().type('h').type(reason).press('enter').state().dialog).to.deep.include({
        kind: 'reason',
        complaint: 'a reason is required: it is the record of why',
      })
    })
  it('takes a reason from a paste, on one line', () => {
    const person = atPlan().type('h').happens({ kind: 'paste', text: 'line one\nline two\n' }).press('enter').type('y')
    expect(sends(person)[0]?.reason).to.equal('line one line two')
  })
  it('keeps a reason within what the API takes', () => {
    const person = atPlan()
      .type('h')
      .happens({ kind: 'paste', text: 'x'.repeat(1025) })
    expect(person.state().dialog).to.deep.include({ text: '', complaint: 'a reason has at most 1024 characters' })
  })
  for (const [what, press] of [
    ['enter', (person: Person) => person.press('enter')],
    [
      'a y that came together with other characters',
      (person: Person) => person.happens({ kind: 'character', character: 'y', alone: false }),
    ],
    ['a pasted y', (person: Person) => person.happens({ kind: 'paste', text: 'y' })],
    ['a capital y', (person: Person) => person.type('Y')],
    ['n', (person: Person) => person.type('n')],
    ['escape', (person: Person) => person.press('escape')],
  ] as const)
    it(`is not confirmed by ${what}`, () => {
      expect(sends(press(atPlan().type('h').type('why').press('enter')))).to.deep.equal([])
    })
  it('keeps the reason when one goes back to it', () => {
    expect(atPlan().type('h').type('why').press('enter', 'escape').state().dialog).to.deep.include({ text: 'why' })
  })
  const moves = [
    ['was replaced by another of its name', stuckPlan({ uid: 'another' })],
    ['is paused meanwhile', stuckPlan({ phase: 'paused' })],
    ['has gone on to the next stage', stuckPlan({ current_stage_id: 'wide' })],
  ] as const
  for (const [what, next] of moves)
    it(`is not sent once the plan ${what}`, () => {
      const person = atPlan().type('h').type('why').press('enter').happens(seen(next)).type('y')
      expect([sends(person), person.state().notice?.text]).to.satisfy(
        ([sent, notice]: [readonly Request[], string]) => sent.length === 0 && notice.endsWith('nothing was done'),
      )
    })
  it('is sent while only the counts move', () => {
    const moved = stuckPlan({ updated_at: '2026-03-18T08:00:59Z' })
    expect(sends(atPlan().type('h').type('why').press('enter').happens(seen(moved)).type('y'))).to.have.length(1)
  })
  it('is not sent a second time while the verdict is awaited', () => {
    expect(sends(atPlan().type('h').type('why').press('enter').type('yyyy'))).to.have.length(1)
  })
  it('shows its verdict until that was read', () => {
    const person = atPlan().type('h').type('why').press('enter').type('y')
    person.happens({ kind: 'sent', now: at(61), outcome: { kind: 'done', sentence: 'halted' } })
    const before = person.state().dialog?.kind
    expect([before, person.press('enter').state().dialog]).to.deep.equal(['outcome', undefined])
  })
})

describe('skipping one gate', () => {
  const failed = gate({ name: 'error-rate', kind: 'metric', state: 'failed', detail: 'is 0.061, must be < 0.05' })
  const held = (...gates: readonly ReturnType<typeof gate>[]) =>
    stuckPlan({ reason: 'GateFailed', stages: [open('ring', { activated: 6 }, gates)], failing_nodes: [] })
  const passed = gate({ name: 'soak', kind: 'time_soak', state: 'passed' })
  const dry = gate({ name: 'told-only', kind: 'metric', state: 'failed', dry_run: true })
  const skip = { deed: 'skip_gate', plan: 'agent-2', stage: 'ring', reason: 'validated' }
  const answered = (person: Person) => sends(person.type('validated').press('enter').type('y'))

  it('takes the one that holds the stage up', () => {
    expect(answered(atPlan(held(passed, dry, failed)).type('s'))).to.deep.equal([{ ...skip, gate: 'error-rate' }])
  })
  it('lets one choose where several do', () => {
    const two = held(failed, passed, gate())
    expect(atPlan(two).type('s').state().dialog).to.deep.equal({ kind: 'gates' })
    expect(answered(atPlan(two).type('s').press('enter'))[0]).to.deep.equal({ ...skip, gate: 'error-rate' })
    expect(answered(atPlan(two).type('s').press('down', 'enter'))[0]).to.deep.equal({ ...skip, gate: 'manual' })
    expect(answered(atPlan(two).type('sjjk').press('enter'))[0]).to.deep.equal({ ...skip, gate: 'error-rate' })
  })
  it('keeps the choice by name when a gate before it passes', () => {
    const person = atPlan(held(failed, gate({ name: 'b' }), gate()))
      .type('sj')
      .happens(seen(held(gate({ name: 'b' }), gate())))
    expect(answered(person.press('enter'))[0]).to.deep.equal({ ...skip, gate: 'b' })
  })
  it('does nothing for whoever thinks better of it', () => {
    for (const leave of ['q', ''])
      expect(sends(atPlan(held(failed, gate())).type(`s${leave}`).press('escape').type('y'))).to.deep.equal([])
  })
  it('is not sent once the gate holds nothing up any more', () => {
    const person = atPlan(held(failed))
      .type('s')
      .type('why')
      .press('enter')
      .happens(seen(held({ ...failed, passed: true })))
    expect(sends(person.type('y'))).to.deep.equal([])
    expect(person.state().notice?.text).to.equal('gate error-rate holds nothing up any more; nothing was done')
  })
  for (const [what, body, why] of [
    ['no gate holds the stage up', held(passed, dry), 'no gate holds stage ring up: there is none to skip'],
    ['the plan has ended', plan({ phase: 'completed' }), 'agent-2 is completed: it has ended, nothing is left to do'],
  ] as const)
    it(`says so when ${what}`, () => expect(atPlan(body).type('s').state().notice?.text).to.equal(why))
})

describe('whatever is pressed', () => {
  const keys: readonly Key[] = [
    'up',
    'down',
    'left',
    'right',
    'pageDown',
    'home',
    'end',
    'enter',
    'enter',
    'escape',
    'backspace',
    'erase',
  ]
  const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...keys).map((key): Event => ({ kind: 'key', key })) },
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...'rahpynq/?tjk x'), fc.boolean())
        .map(([character, alone]): Event => ({ kind: 'character', character, alone })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('y', 'r\ny\n', ' ', 'because').map((text): Event => ({ kind: 'paste', text })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(stuckPlan(), plan(), stuckPlan({ phase: 'paused' }), stuckPlan({ uid: 'other' }))
        .map(seen),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Event>(
        { kind: 'tick', now: at(99) },
        { kind: 'resize', columns: 40, rows: 10 },
        { kind: 'failure', now: at(99), topic: 'plan', why: 'gone', answered: true, failures: 1, retryAt: at(100) },
        { kind: 'sent', now: at(99), outcome: { kind: 'done', sentence: 'done' } },
        {
          kind: 'answer',
          now: at(99),
          answer: { topic: 'nodes', plan: 'agent-2', stage: 'ring', members: members(200) },
        },
      ),
    },
  )
  /** Reaches the question often enough for it to be answered. */
  const begun = fc.constantFrom('', 'ry', 'rny', 'rnny', 'h', 'a', 'p')

  it('nothing is sent without a reason that was typed and a yes of its own', () => {
    let sent = 0
    fc.assert(
      fc.property(begun, fc.boolean(), fc.array(event, { maxLength: 60 }), (beginning, further, events) => {
        const person = atPlan().type(beginning)
        if (further && beginning !== '') person.type('why').press('enter')
        for (const event of events) {
          const asked = person.state().dialog
          const commands = person.commands.length
          person.happens(event)
          const command: Command | undefined = person.commands[commands]
          if (command?.kind !== 'send') continue
          sent += 1
          expect(command.request.reason).to.match(/\S/)
          expect(asked).to.deep.include({ kind: 'confirm', request: command.request })
          expect(event).to.deep.equal({ kind: 'character', character: 'y', alone: true })
        }
      }),
      { numRuns: 3_000 },
    )
    expect(sent).to.be.greaterThan(20)
  })

  it('the reason is made of nothing but what was typed into it', () => {
    fc.assert(
      fc.property(begun, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (beginning, typed) => {
        fc.pre(beginning !== '')
        const person = atPlan().type(beginning).happens({ kind: 'paste', text: typed }).press('enter').type('y')
        const reason = typed.replaceAll(/\s+/g, ' ').trim()
        expect(sends(person).map(request => request.reason)).to.deep.equal(reason === '' ? [] : [reason])
      }),
    )
  })
})
