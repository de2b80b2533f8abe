import { expect } from 'chai'
import { apply, kubectl } from './harness/kubectl.ts'
import { OPERATOR, operatorRole } from './harness/operator-role.ts'
import { ownWorld } from './harness/world.ts'

describe('operator that may not patch nodes', () => {
  const world = ownWorld({ kwok: true })

  it('says what the API server refused, and goes on by itself when it is allowed', async function () {
    this.timeout(90_000)
    const cluster = world.cluster()
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
    await apply(cluster, ...without)
    const denied = async () =>
      (await kubectl(cluster, ['auth', 'can-i', 'patch', 'nodes', '--as', OPERATOR]).catch(() => 'no')).includes('no')
    const scene = await world.scene('forbidden', { nodes: 1 })
    await scene.eventually('the right is gone', denied)
    await scene.publish({ confirm: { kind: 'ready' } })
    const plan = await scene.until('it says so', ({ status }) =>
      (status.conditions?.[0]?.message ?? '').includes('the API server refused'),
    )
    expect(plan.status.conditions?.[0]?.message).to.match(
      new RegExp(`node ${scene.names[0]}: .*cannot patch resource "nodes"`),
    )
    expect(await scene.labelled()).to.deep.equal([])
    await apply(cluster, ...operatorRole)
    await scene.until('it is completed', found => found.status.phase === 'completed', { withinMs: 40_000 })
  })
})
