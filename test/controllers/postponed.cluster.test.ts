import { expect } from 'chai'
import { giveAccount } from '../charts/account.ts'
import { withhold } from '../charts/withheld.ts'
import type { Scene } from './harness/scene.ts'
import { stageOf } from './harness/wire.ts'
import { POD_NAMESPACES, ownWorld } from './harness/world.ts'

describe('recoveries that come before a stage has its members', () => {
  const world = ownWorld({ kwok: true })

  /** A first stage of one node, a second of all others; the operator is stopped while the first is in flight. */
  async function leaderless(scene: Scene): Promise<void> {
    await scene.publish({
      stages: [
        { id: 's1', nodes: { limit: 1 } },
        { id: 's2', batchSize: 5 },
      ],
    })
    await scene.untilLabelled(1)
    await world.stopOperator()
  }

  it('lose none of its nodes: two skips one after the other', async function () {
    this.timeout(60_000)
    const scene = await world.scene('two-skips', { nodes: 4 })
    await leaderless(scene)
    const asked = [await scene.ask('skip_failed'), await scene.ask('skip_failed')]
    world.startOperator()
    for (const name of asked) expect((await scene.verdict(name)).status.phase).to.equal('Succeeded')
    expect(stageOf(await scene.plan(), 's2')).to.deep.include({ phase: 'promoted', skipped: true })
    await scene.untilLabelled(4)
  })

  it('do not hold up a rollback when it cannot be given any', async function () {
    this.timeout(90_000)
    const scene = await world.scene('unable', { nodes: 4 })
    await leaderless(scene)
    await withhold(scene.cluster, POD_NAMESPACES, { verb: 'create', resource: 'controllerrevisions.apps' })
    const [skip, late] = [await scene.ask('skip_failed'), await scene.ask('skip_failed')]
    const rollback = await scene.ask('rollback')
    world.startOperator()
    expect((await scene.verdict(skip)).status.phase).to.equal('Succeeded')
    expect((await scene.verdict(rollback)).status).to.include({ phase: 'Succeeded', newPhase: 'rolled_back' })
    expect((await scene.verdict(late)).status).to.include({ phase: 'Rejected', code: 'plan_already_terminal' })
    await scene.untilLabelled(0)
    await giveAccount(scene.cluster, POD_NAMESPACES)
  })
})
