import { expect } from 'chai'
import { ANNOTATION, RELEASE_LABEL } from '../../operator/api/names.ts'
import { toWithdraw } from '../../operator/rollout/withdrawal.ts'
import { CONFIRM, activated, members, node, nodes, plan, recovery, reporting, stage } from './build.ts'
import {
  ask,
  condition,
  confirmAll,
  labelled,
  look,
  memberNames,
  messageOf,
  rollOut,
  settle,
  stageOf,
  tick,
  update,
  world,
  type World,
} from './world.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { at } from './build.ts'

const wide = (more: Parameters<typeof plan>[0] = {}) =>
  plan({ stages: [stage('stage-01', { batchSize: 3 }), stage('stage-02', { allowEmpty: true })], ...more })

/** Three nodes labelled, the first of them confirmed; two not reached. */
function underway(): World & { readonly order: readonly string[] } {
  const here = world(wide(), nodes(5))
  settle(here, 0)
  const order = memberNames(here)
  update(here, order[0]!, one => reporting(one, '1.4.2'))
  tick(here, 5)
  expect(labelled(here)).to.have.length(3)
  return Object.assign(here, { order })
}

describe('nodes to withdraw', () => {
  it('are those of this plan that never confirmed', () => {
    const all = members('activated', 'activating', 'failed', 'pending', 'unreachable', 'gone')
    expect(toWithdraw(all, index => index === 0).map(({ index }) => index)).to.deep.equal([1, 2])
  })

  it('leave out one that had confirmed and failed since', () => {
    expect(toWithdraw(members('failed'), () => true)).to.deep.equal([])
  })
})

for (const strategy of ['rollback', 'cancel', 'halt'] as const)
  describe(`${strategy} of a plan underway`, () => {
    it('gives nodes in flight back what they had, and lets activated ones keep the release', () => {
      const here = underway()
      ask(here, recovery(strategy), 10)
      settle(here, 10)
      expect(labelled(here)).to.deep.equal([here.order[0]])
      expect(stageOf(here)).to.include({ phase: 'halted' })
    })

    it('touches no node in the write that stops the plan', () => {
      const outcome = ask(underway(), recovery(strategy), 10)
      expect(outcome.kind === 'applied' && outcome.decision).to.deep.include({ activate: [], withdraw: [] })
    })

    it('activates no further node from that write on', () => {
      const here = underway()
      ask(here, recovery(strategy), 10)
      rollOut(here, 20)
      expect(labelled(here)).to.deep.equal([here.order[0]])
    })

    it('settles who has confirmed: a node that confirms afterwards is withdrawn all the same', () => {
      const here = underway()
      ask(here, recovery(strategy), 10)
      confirmAll(here)
      settle(here, 20)
      expect(labelled(here)).to.deep.equal([here.order[0]])
    })

    it('counts a node that confirmed just before it, though no status said so yet', () => {
      const here = underway()
      update(here, here.order[1]!, one => reporting(one, '1.4.2'))
      ask(here, recovery(strategy), 10)
      settle(here, 20)
      expect(labelled(here)).to.deep.equal([here.order[0]!, here.order[1]!].sort())
    })

    it('lets a node keep its release that had confirmed and is broken since', () => {
      const here = underway()
      update(here, here.order[0]!, one => reporting(one, '1.0.0'))
      ask(here, recovery(strategy), 10)
      settle(here, 20)
      expect(labelled(here)).to.deep.equal([here.order[0]])
    })

    it('takes back a label that a former leader still writes', () => {
      const here = underway()
      ask(here, recovery(strategy), 10)
      settle(here, 20)
      update(here, here.order[4]!, one => activated(one, here.plan, { at: 15 }))
      settle(here, 30)
      expect(labelled(here)).to.deep.equal([here.order[0]])
    })
  })

describe('withdrawal', () => {
  it('gives back the release, the plan and the artifact of before', () => {
    const before = plan({ name: 'before', spec: { release: '1.3.0', artifactRef: 'oci.example/agent@sha256:0' } })
    const had = activated(node('n01'), before, { at: -900 })
    const here = world(wide(), [had])
    settle(here, 0)
    ask(here, recovery('rollback'), 10)
    settle(here, 10)
    const after = [...here.nodes.values()][0]!
    expect(after.metadata.labels).to.deep.equal({ [RELEASE_LABEL]: '1.3.0' })
    expect(after.metadata.annotations).to.include({
      [ANNOTATION.plan]: 'fleet/before',
      [ANNOTATION.artifact]: 'oci.example/agent@sha256:0',
    })
  })

  it('reaches nodes being caught up in promoted stages too', () => {
    const here = world(
      plan({
        stages: [
          stage('stage-01', { batchSize: 3 }),
          stage('stage-02', { allowEmpty: true, gates: [{ kind: 'manual' }] }),
        ],
      }),
      nodes(3),
    )
    settle(here, 0)
    ask(here, recovery('skip_failed'), 5)
    settle(here, 6)
    expect(labelled(here)).to.have.length(3)
    ask(here, recovery('rollback'), 10)
    settle(here, 10)
    expect(labelled(here)).to.deep.equal([])
  })

  it('reaches nodes of a halted stage although a retry follows at once', () => {
    const here = underway()
    ask(here, recovery('halt'), 10)
    ask(here, recovery('retry'), 10)
    settle(here, 20)
    expect(labelled(here)).to.deep.equal([here.order[0]])
  })

  it('goes on although pods cannot be seen', () => {
    const here = world(wide({ confirm: CONFIRM.pod }), nodes(2))
    settle(here, 0)
    ask(here, recovery('rollback'), 10)
    here.pods = undefined
    settle(here, 10)
    expect(labelled(here)).to.deep.equal([])
  })

  it('reaches nodes of a halted last stage although the plan is completed and pods cannot be seen', () => {
    const here = world(plan({ confirm: CONFIRM.pod }), nodes(2))
    settle(here, 0)
    ask(here, recovery('halt'), 10)
    ask(here, recovery('retry'), 10)
    here.pods = undefined
    settle(here, 20)
    expect(here.plan.status.phase).to.equal('completed')
    expect(labelled(here)).to.deep.equal([])
    expect(stageOf(here).counts).to.include({ activating: 0, pending: 2 })
  })

  it('reaches nodes of a halted stage although the members of a later one are lost', () => {
    const stages = [stage('stage-01', { nodes: { limit: 1 } }), stage('stage-02')]
    const here = world(plan({ stages }), nodes(2))
    settle(here, 0)
    ask(here, recovery('halt'), 10)
    ask(here, recovery('retry'), 10)
    const [late = ''] = labelled(here)
    settle(here, 20)
    here.lists.delete('stage-02')
    update(here, late, one => activated(one, here.plan, { at: 9 }))
    settle(here, 30)
    expect(condition(here, 'Stalled')).to.equal('True MembersUnknown')
    expect(labelled(here)).not.to.include(late)
  })

  it('is asked for again until it is done, and then never more', () => {
    const here = underway()
    ask(here, recovery('rollback'), 10)
    const asked = () => decide(look(here), at(20)).withdraw.map(({ name }) => name)
    expect(asked()).to.deep.equal([here.order[1], here.order[2]])
    expect(asked()).to.deep.equal([here.order[1], here.order[2]])
    settle(here, 20)
    expect(asked()).to.deep.equal([])
  })

  it('is told: how many are in flight, and how many keep running', () => {
    const here = underway()
    ask(here, recovery('rollback'), 10)
    expect(messageOf(here)).to.include('1 activated nodes keep running').and.include('2 nodes in flight')
    settle(here, 20)
    expect(messageOf(here)).to.include('no node is in flight')
    expect(condition(here, 'Stalled')).to.equal('True RolledBack')
  })

  it('does not wait for a node that is gone', () => {
    const here = underway()
    ask(here, recovery('cancel'), 10)
    here.nodes.clear()
    settle(here, 20)
    expect(messageOf(here)).to.include('no node is in flight')
  })
})
