import { expect } from 'chai'
import { subjectOf } from '../../../../kubectl-plugin/ui/state/subject.ts'
import { here } from '../../../../kubectl-plugin/ui/state/state.ts'
import { at, members, plan, stuckPlan } from '../build.ts'
import { atPlan, atPlans, seen } from './world.ts'

describe('going through plans, stages and nodes', () => {
  const plans = [stuckPlan({ plan_id: 'alpha' }), plan({ plan_id: 'beta' }), plan({ plan_id: 'gamma' })]
  const stage = () =>
    atPlan()
      .press('enter')
      .happens({
        kind: 'answer',
        now: at(61),
        answer: { topic: 'nodes', plan: 'agent-2', stage: 'ring', members: members(1_000) },
      })

  it('begins at the plan that needs somebody', () => {
    expect(here(atPlans(plans).press('enter').state())).to.deep.include({ kind: 'plan', plan: 'alpha' })
  })
  it('shows a plan of the list at once, before it was read again', () => {
    expect(atPlans(plans).press('down', 'enter').state().plan?.plan_id).to.equal('beta')
  })
  it('comes back to the row it left', () => {
    expect(here(atPlans(plans).press('down', 'enter', 'escape').state())).to.deep.include({
      kind: 'plans',
      selected: 'beta',
    })
  })
  it('begins in a plan at its current stage', () => {
    expect(here(atPlan().press('enter').state())).to.deep.include({ kind: 'stage', stage: 'ring' })
  })
  it('reaches the failing nodes below the stages', () => {
    expect(here(atPlan().press('end', 'enter').state())).to.deep.include({ kind: 'node', node: 'robot-3' })
  })
  it('opens the first node that needs somebody', () => {
    expect(here(stage().press('enter').state())).to.deep.include({ kind: 'node', node: 'robot-00100' })
  })
  it('keeps to the chosen node when the list is sorted anew', () => {
    const person = stage().press('down')
    const answer = { topic: 'nodes', plan: 'agent-2', stage: 'ring', members: members(1_000).reverse() } as const
    expect(
      here(
        person
          .happens({ kind: 'answer', now: at(62), answer })
          .press('enter')
          .state(),
      ),
    ).to.deep.include({
      node: 'robot-00200',
    })
  })
  it('asks only for what is looked at', () => {
    expect([atPlans(plans), atPlan(), stage()].map(person => subjectOf(person.state()))).to.deep.equal([
      { kind: 'plans' },
      { kind: 'plan', plan: 'agent-2' },
      { kind: 'plan', plan: 'agent-2', nodesOf: 'ring' },
    ])
  })
  it('does not leave by going back too far', () => {
    const person = atPlan().press('escape', 'escape', 'left')
    expect([here(person.state()).kind, person.commands.length]).to.deep.equal(['plan', 0])
  })
  it('does not end by moving beyond the ends', () => {
    const person = atPlans(plans).press('pageUp', 'up', 'pageDown', 'pageDown', 'down')
    expect(here(person.state())).to.deep.include({ selected: 'gamma' })
  })
  for (const [key, how] of [
    ['q', 'asked'],
    ['interrupt', 'interrupted'],
  ] as const)
    it(`is left by ${key}`, () => {
      const person = key === 'q' ? atPlan().type('q') : atPlan().press(key)
      expect(person.commands).to.deep.equal([{ kind: 'quit', how }])
    })
  it('is left by Ctrl-C from within a question too', () => {
    expect(atPlan().type('ryab').press('interrupt').commands).to.deep.equal([{ kind: 'quit', how: 'interrupted' }])
  })

  describe('with a filter', () => {
    it('takes letters for what they are', () => {
      expect(here(atPlans(plans).type('/qa').state())).to.deep.include({ filter: 'qa' })
    })
    it('opens what is left', () => {
      expect(here(atPlans(plans).type('/gamma').press('enter', 'enter').state())).to.deep.include({ plan: 'gamma' })
    })
    it('is taken back by escape', () => {
      expect(here(atPlans(plans).type('/gamma').press('enter', 'escape').state())).to.deep.include({ filter: '' })
    })
    it('is as it was when editing is given up', () => {
      const person = atPlans(plans).type('/gamma').press('enter').type('/xyz').press('escape')
      expect(here(person.state())).to.deep.include({ filter: 'gamma' })
    })
    it('finds nobody without harm', () => {
      expect(here(atPlans(plans).type('/nobody').press('enter', 'enter', 'down').state()).kind).to.equal('plans')
    })
  })

  it('shows what was last seen when the connection is lost', () => {
    const person = atPlan().happens({
      kind: 'failure',
      now: at(70),
      topic: 'plan',
      why: 'refused',
      answered: false,
      failures: 1,
      retryAt: at(71),
    })
    expect([person.state().connection.kind, person.state().plan?.plan_id]).to.deep.equal(['lost', 'agent-2'])
  })
  it('is live again with the next answer', () => {
    const person = atPlan()
      .happens({
        kind: 'failure',
        now: at(70),
        topic: 'plan',
        why: 'refused',
        answered: false,
        failures: 1,
        retryAt: at(71),
      })
      .happens(seen(stuckPlan()))
    expect(person.state().connection.kind).to.equal('live')
  })

  it('stays live when only the history cannot be read, and says why', () => {
    const why = 'alice may not get rollouts/history'
    const person = atPlan().happens({
      kind: 'failure',
      now: at(70),
      topic: 'history',
      why,
      answered: true,
      failures: 1,
      retryAt: at(71),
    })
    expect([person.state().connection.kind, person.state().unread.history]).to.deep.equal(['live', why])
  })
})
