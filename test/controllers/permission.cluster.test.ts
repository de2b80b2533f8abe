import { expect } from 'chai'
import { apply, kubectl } from './harness/kubectl.ts'
import { OPERATOR, operatorRole } from './harness/operator-role.ts'
import type { Scene } from './harness/scene.ts'
import { ownWorld } from './harness/world.ts'

/** The operator's rights, but for that to patch nodes. */
const without = operatorRole.map(object =>
  'rules' in object
    ? {
        ...object,
        rules: object.rules.map(rule => ({
          ...rule,
          verbs: rule.verbs.filter(verb => verb !== 'patch' || rule.apiGroups[0] === 'events.k8s.io'),
        })),
      }
    : object,
)

async function forbid({ cluster, eventually }: Scene): Promise<void> {
  await apply(cluster, ...without)
  const denied = async () =>
    (await kubectl(cluster, ['auth', 'can-i', 'patch', 'nodes', '--as', OPERATOR]).catch(() => 'no')).includes('no')
  await eventually('the right is gone', denied)
}

describe('operator that may not patch nodes', () => {
  const world = ownWorld({ kwok: true })

  afterEach(() => apply(world.cluster(), ...operatorRole))

  it('says what the API server refused, and goes on by itself when it is allowed', async function () {
    this.timeout(90_000)
    const scene = await world.scene('forbidden', { nodes: 1 })
    await forbid(scene)
    await scene.publish({ confirm: { kind: 'ready' } })
    const plan = await scene.until('it says so', ({ status }) =>
      (status.conditions?.[0]?.message ?? '').includes('the API server refused'),
    )
    expect(plan.status.conditions?.[0]?.message).to.match(
      new RegExp(`node ${scene.names[0]}: .*cannot patch resource "nodes"`),
    )
    expect(await scene.labelled()).to.deep.equal([])
    await apply(scene.cluster, ...operatorRole)
    await scene.until('it is completed', found => found.status.phase === 'completed', { withinMs: 40_000 })
  })

  it('withdraws what a plan that has ended left in flight when it is allowed again', async function () {
    this.timeout(90_000)
    const scene = await world.scene('forbidden-end', { nodes: 1 })
    await scene.publish()
    await scene.untilLabelled(1)
    await forbid(scene)
    await scene.recover('rollback')
    const refused = 'the API server refused'
    await scene.until('it says so', ({ status }) => (status.conditions?.[0]?.message ?? '').includes(refused))
    await apply(scene.cluster, ...operatorRole)
    const none = async () => (await scene.labelled()).length === 0
    await scene.eventually('the node has what it had before', none, { withinMs: 40_000 })
    const says =
      (word: string) => (plan: { readonly status: { readonly conditions?: readonly { message: string }[] } }) =>
        (plan.status.conditions?.[0]?.message ?? '').includes(word)
    const plan = await scene.until('nobody is in flight', says('no node is in flight'))
    expect(plan.status.conditions?.[0]?.message).not.to.include(refused)
  })
})
