import { expect } from 'chai'
import { type StageSpec } from '../../operator/api/rollout-plan.ts'
import { node, nodes, plan, recovery, stage, time } from './build.ts'
import {
  add,
  ask,
  condition,
  labelled,
  memberNames,
  messageOf,
  rollOut,
  setReady,
  settle,
  stageOf,
  world,
} from './world.ts'

const canary = (spec: Partial<StageSpec> = {}) =>
  stage('canary', { nodes: { selector: { matchLabels: { ring: 'canary' } } }, ...spec })

const staged = (spec?: Partial<StageSpec>) => plan({ stages: [canary(spec), stage('rest')] })

describe('stage that selects no node', () => {
  it('blocks, so that a canary that matches nothing does not wave the release through', () => {
    const here = world(staged(), nodes(3))
    rollOut(here, 0)
    expect(condition(here, 'Stalled')).to.equal('True NoNodes')
    expect(messageOf(here)).to.include('stage canary selects no node').and.include('allowEmpty')
    expect(here.plan.status.currentStageId).to.equal('canary')
    expect(labelled(here)).to.deep.equal([])
  })

  it('goes on by itself when a node is labelled for it', () => {
    const here = world(staged(), nodes(3))
    rollOut(here, 0)
    add(here, 'bird', { labels: { ring: 'canary' } })
    settle(here, 60)
    expect(memberNames(here, 'canary')).to.deep.equal(['bird'])
    expect(labelled(here)).to.deep.equal(['bird'])
    expect(condition(here, 'Stalled')).to.equal('False Activating')
  })

  it('blocks although nodes match it, when earlier stages took them all', () => {
    const here = world(plan({ stages: [stage('all'), canary()] }), [node('a', { labels: { ring: 'canary' } })])
    rollOut(here, 0)
    expect(condition(here, 'Stalled')).to.equal('True NoNodes')
  })

  it('blocks an empty fleet with a limit in percent', () => {
    const here = world(plan({ stages: [stage('all', { nodes: { limit: '5%' } })] }), [])
    rollOut(here, 0)
    expect(condition(here, 'Stalled')).to.equal('True NoNodes')
  })

  it('can be skipped', () => {
    const here = world(staged(), nodes(3))
    rollOut(here, 0)
    ask(here, recovery('skip_failed'), 10)
    rollOut(here, 20)
    expect(here.plan.status.phase).to.equal('completed')
    expect(stageOf(here, 'canary')).to.include({ phase: 'promoted', skipped: true })
  })

  it('leaves no hidden nodes when it was skipped: nodes labelled for it later are unassigned', () => {
    const limited = plan({ stages: [canary(), stage('rest', { nodes: { limit: 3 }, gates: [{ kind: 'manual' }] })] })
    const here = world(limited, nodes(3))
    rollOut(here, 0)
    ask(here, recovery('skip_failed'), 10)
    rollOut(here, 20)
    add(here, 'late', { labels: { ring: 'canary' } })
    settle(here, 30)
    expect(here.plan.status.unassigned).to.equal(1)
  })
})

describe('stage of which no node could be activated', () => {
  /** A canary that is not Ready, which is tolerated, and soaks. */
  const dead = () => {
    const gates = [{ kind: 'time_soak' as const, seconds: 600 }]
    const here = world(staged({ maxUnreachable: 1, gates }), [
      node('bird', { labels: { ring: 'canary' }, ready: false }),
      ...nodes(2),
    ])
    settle(here, 0)
    return here
  }

  it('does not wave the release through, and says what can be done', () => {
    const here = dead()
    rollOut(here, 9000)
    expect(condition(here, 'Stalled')).to.equal('True NoneActivated')
    expect(messageOf(here)).to.include('none of its 1 nodes is activated').and.include('skip_failed')
    expect(labelled(here)).to.deep.equal([])
  })

  it('goes on when a node comes back, and soaks from then on', () => {
    const here = dead()
    setReady(here, 'bird', true, 9000)
    rollOut(here, 9000)
    expect(stageOf(here, 'canary').settledAt).to.equal(time(9000))
    expect(condition(here, 'Reconciling')).to.equal('True Soaking')
  })

  it('can be skipped', () => {
    const here = dead()
    ask(here, recovery('skip_failed'), 10)
    rollOut(here, 20)
    expect(here.plan.status.phase).to.equal('completed')
  })
})

describe('stage that may be empty', () => {
  it('is promoted without nodes', () => {
    const here = world(staged({ allowEmpty: true }), nodes(3))
    rollOut(here, 0)
    expect(here.plan.status).to.include({ phase: 'completed', progress: '3/3' })
    expect(stageOf(here, 'canary').members?.count).to.equal(0)
    expect(stageOf(here, 'canary').skipped).to.equal(undefined)
  })

  it('keeps no list of members that could get lost', () => {
    const here = world(staged({ allowEmpty: true }), nodes(3))
    rollOut(here, 0)
    expect([...here.lists.keys()]).to.deep.equal(['rest'])
  })

  it('is promoted only when its gates pass all the same', () => {
    const gates = [
      { kind: 'health' as const, minPercent: 90 },
      { kind: 'time_soak' as const, seconds: 60 },
    ]
    const here = world(staged({ allowEmpty: true, gates }), nodes(3))
    rollOut(here, 0)
    expect(here.plan.status.currentStageId).to.equal('canary')
    expect(settle(here, 60).status.currentStageId).to.equal('rest')
  })

  it('takes the nodes there are', () => {
    const here = world(staged({ allowEmpty: true }), [...nodes(2), node('bird', { labels: { ring: 'canary' } })])
    settle(here, 0)
    expect(memberNames(here, 'canary')).to.deep.equal(['bird'])
  })
})

describe('nodes that no stage takes', () => {
  const limited = plan({ stages: [stage('stage-01', { nodes: { limit: 2 } })] })

  it('are counted once the last stage has its members', () => {
    const here = world(limited, nodes(5))
    settle(here, 0)
    expect(here.plan.status.unassigned).to.equal(3)
    add(here, 'late')
    settle(here, 10)
    expect(here.plan.status.unassigned).to.equal(4)
  })

  it('are counted still when the plan is completed, and not any more afterwards', () => {
    const here = world(limited, nodes(5))
    rollOut(here, 0)
    expect(here.plan.status).to.include({ phase: 'completed', unassigned: 3 })
    add(here, 'late')
    settle(here, 10)
    expect(here.plan.status.unassigned).to.equal(3)
  })

  it('are warned about', () => {
    const here = world(limited, nodes(5))
    rollOut(here, 0)
    expect(messageOf(here)).to.match(/\b3\b.*no stage/)
  })

  it('do not include nodes outside the fleet', () => {
    const here = world(plan({ fleet: { fleet: 'robots' } }), [node('a', { labels: { fleet: 'robots' } }), node('b')])
    settle(here, 0)
    expect(here.plan.status.unassigned).to.equal(0)
  })
})
