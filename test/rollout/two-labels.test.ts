import { expect } from 'chai'
import type { StageSpec } from '../../operator/api/rollout-plan.ts'
import { CONFIRM, node, nodes, plan, recovery, stage } from './build.ts'
import { type World, ask, condition, labelled, rollOut, setReady, settle, stageOf, world } from './world.ts'

const FIRMWARE = 'fleet.autonomyops.dev/firmware'

/** A plan by the default label, and one by another label, about the same nodes. */
function sideBySide(of: ReturnType<typeof nodes>, spec: Partial<StageSpec> = {}): { agent: World; firmware: World } {
  const agent = world(plan({ name: 'agent', stages: [stage('stage-01', spec)] }), of)
  const activation = { label: FIRMWARE, confirm: CONFIRM.ready, timeoutSeconds: 600 }
  const other = plan({ name: 'firmware', created: 5, spec: { activation } })
  return { agent, firmware: { ...world(other), nodes: agent.nodes } }
}

describe('plans with different labels on the same nodes', () => {
  it('leave each other’s nodes confirmed, and are both completed', () => {
    const { agent, firmware } = sideBySide(nodes(1), { gates: [{ kind: 'time_soak', seconds: 600 }] })
    rollOut(agent, 0)
    expect(condition(agent, 'Reconciling')).to.equal('True Soaking')
    settle(firmware, 10)
    expect(firmware.plan.status).to.include({ phase: 'completed', progress: '1/1' })
    settle(agent, 20)
    expect(stageOf(agent).counts).to.include({ activated: 1, pending: 0 })
    settle(agent, 600)
    expect(agent.plan.status).to.include({ phase: 'completed', progress: '1/1' })
  })

  it('withdraw a node in flight that the other has moved since, and leave it what the other gave it', () => {
    const { agent, firmware } = sideBySide(nodes(1))
    settle(agent, 0)
    settle(firmware, 10)
    ask(agent, recovery('rollback', { planName: 'agent', created: 20 }), 20)
    settle(agent, 21)
    expect(labelled(agent)).to.deep.equal([])
    expect(labelled(firmware)).to.deep.equal(['n01'])
    settle(firmware, 22)
    expect(stageOf(firmware).counts).to.include({ activated: 1 })
  })

  it('catch up a node that came back although the other has moved it', () => {
    const { agent, firmware } = sideBySide([node('n01', { ready: false }), node('n02')], { maxUnreachable: 1 })
    rollOut(agent, 0)
    expect(labelled(agent)).to.deep.equal(['n02'])
    setReady(agent, 'n01', true, 99)
    settle(firmware, 100)
    settle(agent, 102)
    expect(labelled(agent)).to.deep.equal(['n01', 'n02'])
  })
})
