import { expect } from 'chai'
import { apply, kubectl } from './harness/kubectl.ts'
import { OPERATOR, operatorRole } from './harness/operator-role.ts'
import type { Scene } from './harness/scene.ts'
import { stageOf } from './harness/wire.ts'
import { ownWorld } from './harness/world.ts'

/** The operator's rights, but for that to record the members of a stage. */
const unable = operatorRole.map(object =>
  'rules' in object
    ? {
        ...object,
        rules: object.rules.map(rule => ({
          ...rule,
          verbs: rule.verbs.filter(verb => rule.resources[0] !== 'controllerrevisions' || verb !== 'create'),
        })),
      }
    : object,
)

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
    await apply(scene.cluster, ...unable)
    await scene.eventually('the right is gone', async () =>
      (
        await kubectl(scene.cluster, ['auth', 'can-i', 'create', 'controllerrevisions.apps', '--as', OPERATOR]).catch(
          () => 'no',
        )
      ).includes('no'),
    )
    const [skip, late] = [await scene.ask('skip_failed'), await scene.ask('skip_failed')]
    const rollback = await scene.ask('rollback')
    world.startOperator()
    expect((await scene.verdict(skip)).status.phase).to.equal('Succeeded')
    expect((await scene.verdict(rollback)).status).to.include({ phase: 'Succeeded', newPhase: 'rolled_back' })
    expect((await scene.verdict(late)).status).to.include({ phase: 'Rejected', code: 'plan_already_terminal' })
    await scene.untilLabelled(0)
    await apply(scene.cluster, ...operatorRole)
  })
})
