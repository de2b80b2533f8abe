import { expect } from 'chai'
import { ANNOTATION } from '../../operator/api/names.ts'
import { at, nodes, plan, recovery, reporting, stage, time } from './build.ts'
import {
  add,
  ask,
  condition,
  confirmAll,
  labelled,
  look,
  memberNames,
  ownList,
  messageOf,
  rollOut,
  setReady,
  settle,
  stageOf,
  tick,
  update,
  world,
} from './world.ts'
import { changeOf } from '../../operator/rollout/change.ts'
import { decide } from '../../operator/rollout/promoter.ts'

const two = (first = {}, second = {}) => plan({ stages: [stage('stage-01', first), stage('stage-02', second)] })

describe('published plan', () => {
  it('keeps the members of its first stage before anything else', () => {
    const decision = decide(look(world(two(), nodes(3))), at(5))
    expect(decision.freeze?.stage).to.equal('stage-01')
    expect(decision.freeze?.frozen.members).to.have.length(3)
    expect(decision).to.deep.include({ activate: [], withdraw: [] })
    expect(decision.status.phase).to.equal('published')
  })

  it('becomes active, opens its first stage and releases its first members in one write', () => {
    const here = world(two(), nodes(3))
    tick(here, 4)
    const { status, transitions, activate } = decide(look(here), at(5))
    expect(activate).to.deep.equal([])
    expect(status).to.include({ phase: 'active', currentStageId: 'stage-01', startedAt: time(5), updatedAt: time(5) })
    expect(status.stages?.map(({ phase }) => phase)).to.deep.equal(['open', 'pending'])
    expect(status.stages?.[0]).to.deep.include({
      openedAt: time(5),
      attempt: 1,
      members: { count: 3, digest: here.lists.get('stage-01')?.[0]?.digest },
      released: 1,
    })
    expect(transitions.map(({ event }) => event)).to.deep.equal(['PlanStarted', 'StageOpened'])
  })
})

describe('stage that opens', () => {
  it('has the nodes that are there then, whatever list was kept for it before', () => {
    const here = world(plan(), nodes(3))
    tick(here, 0)
    add(here, 'late')
    settle(here, 3600)
    expect(memberNames(here)).to.include('late').and.have.length(4)
    expect(stageOf(here).members).to.deep.equal({ count: 4, digest: ownList(here)?.digest })
  })

  it('has nodes that came in the second in which a recovery opened it, though a list was kept in that second', () => {
    const here = world(two({ nodes: { limit: 1 } }), nodes(2))
    settle(here, 7)
    expect(here.lists.get('stage-02')).to.have.length(1)
    add(here, 'late')
    ask(here, recovery('skip_failed'), 7)
    settle(here, 7)
    expect(memberNames(here, 'stage-02')).to.include('late').and.have.length(2)
  })

  it('opens without members when its list is out of date, so that a fleet that grows all the time holds up nothing', () => {
    const here = world(plan(), nodes(3))
    for (let second = 0; second < 3; second += 1) {
      expect(tick(here, second).freeze?.frozen.members).to.have.length(3 + second)
      add(here, `late-${second}`)
    }
    tick(here, 3)
    expect(stageOf(here))
      .to.include({ phase: 'open', openedAt: time(3) })
      .and.not.to.have.property('members')
    add(here, 'late-3')
    expect(tick(here, 4).freeze?.frozen.members).to.have.length(7)
    add(here, 'late-4')
    // A list from so soon after the opening may be older than it, by the clock of another API server.
    expect(tick(here, 5).freeze?.frozen.members).to.have.length(8)
    add(here, 'late-5')
    expect(tick(here, 6).freeze?.frozen.members).to.have.length(9)
    add(here, 'late-6')
    tick(here, 7)
    expect(stageOf(here).members?.count).to.equal(9)
  })

  it('has its gates in the write that opens it', () => {
    const here = world(plan({ stages: [stage('stage-01', { gates: [{ kind: 'manual', approvals: 1 }] })] }), nodes(1))
    tick(here, 0)
    tick(here, 1)
    expect(stageOf(here)).to.include({ phase: 'open', released: 1 })
    expect(stageOf(here).gates).to.have.length(1)
    expect(changeOf(here.plan.status, decide(look(here), at(1)).status)).to.equal('none')
  })

  it('says at once what it waits for, where it has no nodes but a gate', () => {
    const empty = stage('stage-01', { gates: [{ kind: 'manual', approvals: 1 }], allowEmpty: true })
    const here = world(plan({ stages: [empty] }), [])
    tick(here, 0)
    expect(here.plan.status.conditions?.[0]?.reason).to.equal('AwaitingApproval')
    expect(changeOf(here.plan.status, decide(look(here), at(0)).status)).to.equal('none')
  })

  it('is no beginning of the plan for as long as its list is not kept', () => {
    const { freeze, status } = decide(look(world(plan(), nodes(1))), at(0))
    expect(freeze?.frozen.members).to.have.length(1)
    expect(status).to.include({ phase: 'published' }).and.not.to.have.any.keys('startedAt', 'history', 'currentStageId')
  })

  it('never takes in a node that comes later', () => {
    const here = world(plan(), nodes(3))
    settle(here, 0)
    add(here, 'late')
    rollOut(here, 10)
    expect(labelled(here)).to.deep.equal(['n01', 'n02', 'n03'])
    expect(here.plan.status.phase).to.equal('completed')
  })

  it('writes the released mark before it activates the first node', () => {
    const here = world(plan({ stages: [stage('stage-01', { batchSize: 2 })] }), nodes(3))
    tick(here, 0)
    expect(tick(here, 1).activate).to.deep.equal([])
    expect(stageOf(here).released).to.equal(2)
    expect(tick(here, 2).activate.map(({ member }) => member.name)).to.deep.equal(memberNames(here).slice(0, 2))
  })

  it('tells each node which plan, stage, attempt and artifact it is about', () => {
    const here = world(plan(), nodes(1))
    settle(here, 7)
    expect([...here.nodes.values()][0]?.metadata.annotations).to.include({
      [ANNOTATION.artifact]: 'oci.example/agent@sha256:1',
      [ANNOTATION.plan]: 'fleet/agent-1-4-2',
      [ANNOTATION.stage]: 'stage-01',
      [ANNOTATION.attempt]: '1',
      [ANNOTATION.activatedAt]: time(7),
    })
  })
})

describe('batches of a stage', () => {
  it('follow one another as nodes confirm, in frozen order, never more in flight than the batch size', () => {
    const here = world(plan({ stages: [stage('stage-01', { batchSize: 2 })] }), nodes(5))
    const order = () => memberNames(here)
    settle(here, 0)
    expect(labelled(here)).to.deep.equal(order().slice(0, 2).sort())
    update(here, order()[1]!, node => reporting(node, '1.4.2'))
    settle(here, 10)
    expect(labelled(here)).to.deep.equal(order().slice(0, 3).sort())
    confirmAll(here)
    settle(here, 20)
    expect(labelled(here)).to.deep.equal(order().toSorted())
  })

  it('are a share of the stage, rounded up, and at least one node', () => {
    for (const [size, first] of [['25%', 2] as const, ['1%', 1] as const]) {
      const here = world(plan({ stages: [stage('stage-01', { batchSize: size })] }), nodes(5))
      settle(here, 0)
      expect(labelled(here)).to.have.length(first)
    }
  })

  it('stop when more nodes have failed than tolerated, those in flight excepted', () => {
    const here = world(plan({ stages: [stage('stage-01', { batchSize: 2 })] }), nodes(5))
    settle(here, 0)
    const [first, second] = memberNames(here)
    update(here, first!, node => reporting(node, 'failed:1.4.2 no disk'))
    settle(here, 10)
    update(here, second!, node => reporting(node, '1.4.2'))
    settle(here, 20)
    expect(labelled(here)).to.have.length(2)
    expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
    expect(stageOf(here).counts).to.include({ failed: 1, activated: 1, pending: 3 })
  })

  it('go on past failures that are tolerated', () => {
    const here = world(plan({ stages: [stage('stage-01', { maxFailures: 1 })] }), nodes(3))
    settle(here, 0)
    update(here, memberNames(here)[0]!, node => reporting(node, 'failed:1.4.2'))
    rollOut(here, 10, [memberNames(here)[0]!])
    expect(here.plan.status.phase).to.equal('completed')
    expect(labelled(here)).to.have.length(3)
  })

  it('go on by themselves when failed nodes recover', () => {
    const here = world(plan({ timeoutSeconds: 60 }), nodes(2))
    settle(here, 0)
    settle(here, 60)
    expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
    rollOut(here, 100)
    expect(here.plan.status.phase).to.equal('completed')
  })

  it('go on with the reachable nodes while others are not Ready', () => {
    const here = world(plan(), nodes(3))
    settle(here, 0)
    const down = memberNames(here)[1]!
    setReady(here, down, false, 1)
    rollOut(here, 10)
    expect(labelled(here)).not.to.include(down)
    expect(labelled(here)).to.have.length(2)
    expect(condition(here, 'Ready')).to.equal('False NodesUnreachable')
    expect(messageOf(here)).to.include(down)
  })
})

describe('list of the next stage', () => {
  it('is kept once every member of the current one may be told, and one time only', () => {
    const here = world(two({ nodes: { limit: 2 } }), nodes(3))
    settle(here, 0)
    expect(here.lists.has('stage-02')).to.equal(false)
    confirmAll(here)
    settle(here, 1)
    expect(stageOf(here).released).to.equal(2)
    expect(here.lists.get('stage-02')?.map(({ members }) => members.length)).to.deep.equal([1])
    add(here, 'late')
    expect(tick(here, 2).prepare).to.equal(undefined)
  })

  it('is not kept for a stage that would have no nodes, nor after the last', () => {
    const here = world(two({}, { nodes: { selector: { matchLabels: { ring: 'none' } } } }), nodes(1))
    settle(here, 0)
    expect([...here.lists.keys()]).to.deep.equal(['stage-01'])
  })
})

describe('promotion', () => {
  it('closes the stage and opens the next in one write', () => {
    const here = world(two({ nodes: { limit: 1 } }), nodes(2))
    settle(here, 0)
    confirmAll(here)
    expect([...here.lists.keys()]).to.deep.equal(['stage-01', 'stage-02'])
    const decision = tick(here, 30)
    expect(decision.activate).to.deep.equal([])
    expect(stageOf(here, 'stage-02')).to.deep.include({
      members: { count: 1, digest: ownList(here, 'stage-02')?.digest },
      released: 1,
    })
    expect(decision.status.stages?.map(({ phase }) => phase)).to.deep.equal(['promoted', 'open'])
    expect(decision.status).to.include({ currentStageId: 'stage-02', phase: 'active', updatedAt: time(30) })
    expect(stageOf(here))
      .to.include({ closedAt: time(30) })
      .and.not.to.have.property('skipped')
    expect(decision.transitions.map(({ event, stage: id }) => `${event} ${id}`)).to.deep.equal([
      'StagePromoted stage-01',
      'StageOpened stage-02',
    ])
  })

  it('never gives a node to two stages', () => {
    const here = world(two({ nodes: { limit: 2 } }), nodes(5))
    rollOut(here, 0)
    const [first, second] = [memberNames(here), memberNames(here, 'stage-02')]
    expect([...first, ...second].sort()).to.deep.equal(['n01', 'n02', 'n03', 'n04', 'n05'])
  })

  it('completes the plan after the last stage', () => {
    const here = world(two({ nodes: { limit: 1 } }), nodes(2))
    rollOut(here, 40)
    const { status } = here.plan
    expect(status).to.include({ phase: 'completed', completedAt: time(40), progress: '2/2' })
    expect(status).not.to.have.property('currentStageId')
    expect(status.history?.map(({ event }) => event)).to.deep.equal([
      'PlanStarted',
      'StageOpened',
      'StagePromoted',
      'StageOpened',
      'StagePromoted',
      'PlanCompleted',
    ])
  })

  it('waits for the gates after the members have settled', () => {
    const here = world(two({ nodes: { limit: 1 }, gates: [{ kind: 'time_soak', seconds: 600 }] }), nodes(2))
    rollOut(here, 10)
    expect(condition(here, 'Reconciling')).to.equal('True Soaking')
    expect(tick(here, 609).status.currentStageId).to.equal('stage-01')
    expect(settle(here, 610).status.currentStageId).to.equal('stage-02')
  })

  it('happens in the look after the last approval', () => {
    const here = world(two({ nodes: { limit: 1 }, gates: [{ kind: 'manual', approvals: 2 }] }), nodes(2))
    rollOut(here, 10)
    const approve = (operator: string) => recovery('approve', { operator, stageId: 'stage-01', name: operator })
    ask(here, approve('alice'), 20)
    expect(tick(here, 20).status.currentStageId).to.equal('stage-01')
    ask(here, approve('bob'), 30)
    expect(settle(here, 30).status.currentStageId).to.equal('stage-02')
  })
})

describe('paused plan', () => {
  it('activates nobody, whatever confirms meanwhile, and promotes nothing', () => {
    const here = world(plan(), nodes(2))
    settle(here, 0)
    ask(here, recovery('pause'), 5)
    rollOut(here, 10)
    expect(labelled(here)).to.have.length(1)
    expect(stageOf(here).counts).to.include({ activated: 1, pending: 1 })
    expect(condition(here, 'Ready')).to.equal('False Paused')
  })

  it('freezes no members', () => {
    const here = world(two({ nodes: { limit: 1 } }), nodes(2))
    settle(here, 0)
    confirmAll(here)
    ask(here, recovery('skip_failed'), 1)
    ask(here, recovery('pause'), 1)
    expect(settle(here, 2).freeze).to.equal(undefined)
    expect(stageOf(here, 'stage-02')).not.to.have.property('members')
  })

  it('promotes nothing for which a list is kept, and chooses anew when it is resumed', () => {
    const here = world(two({ nodes: { limit: 1 } }), nodes(2))
    expect(settle(here, 0).prepare).to.equal(undefined)
    expect(here.lists.get('stage-02')).to.have.length(1)
    confirmAll(here)
    ask(here, recovery('pause'), 2)
    add(here, 'late')
    settle(here, 3)
    expect(stageOf(here).phase).to.equal('open')
    ask(here, recovery('resume'), 4)
    settle(here, 5)
    expect(stageOf(here, 'stage-02').members?.count).to.equal(2)
  })

  it('goes on soaking, so that a resumed plan may be promoted at once', () => {
    const here = world(two({ nodes: { limit: 1 }, gates: [{ kind: 'time_soak', seconds: 600 }] }), nodes(2))
    rollOut(here, 10)
    ask(here, recovery('pause'), 20)
    expect(settle(here, 700).status).to.include({ phase: 'paused', currentStageId: 'stage-01' })
    expect(stageOf(here).gates?.[0]?.state).to.equal('passed')
    ask(here, recovery('resume'), 710)
    expect(settle(here, 710).status.currentStageId).to.equal('stage-02')
  })
})
