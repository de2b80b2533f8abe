import { expect } from 'chai'
import { unanswered } from './harness/unanswered.ts'
import { stageOf } from './harness/wire.ts'
import { ownWorld } from './harness/world.ts'

describe('node that the API server cannot patch', () => {
  const world = ownWorld({ kwok: true })

  it('holds up nobody but itself, is named, and follows when it can be patched', async function () {
    this.timeout(120_000)
    const labels = (index: number) => ({ 'test/cursed': index === 2 ? 'yes' : 'no' })
    const scene = await world.scene('cursed', { nodes: 6, labels })
    const answer = await unanswered(scene.cluster, 'cursed-node', {
      group: '',
      resource: 'nodes',
      operation: 'UPDATE',
      labels: { 'test/cursed': 'yes' },
    })
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', batchSize: '100%' }] })
    await scene.untilLabelled(5)
    await scene.until('the others are counted', plan => stageOf(plan)?.counts?.activated === 5)
    const plan = await scene.until('it is named', ({ status }) =>
      (status.conditions?.[0]?.message ?? '').includes(`node ${scene.names[2]}: `),
    )
    expect(plan.status.conditions?.[0]?.message).to.include('failed calling webhook')
    await answer()
    await scene.until('it is completed', found => found.status.phase === 'completed', { withinMs: 70_000 })
  })
})
