import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { STAGE_LABEL } from '../../operator/api/names.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { type UnansweredRule, unanswered } from './harness/unanswered.ts'
import { type WireRevision, conditionOf, list, stageOf } from './harness/wire.ts'
import { ownWorld } from './harness/world.ts'

/** As long as the controller's backoff may have become by the time that all is well again. */
const RECOVERS = { withinMs: 70_000 }

const message = (plan: RolloutPlan) => plan.status.conditions?.[0]?.message ?? ''

/** ControllerRevisions of stages of this name are neither created nor deleted, whatever the operation is. */
function lists(scene: Scene, operation: UnansweredRule['operation'], stage: string): Promise<() => Promise<void>> {
  const labels = { [STAGE_LABEL]: stage }
  return unanswered(scene.cluster, `lists-${stage}`, {
    group: 'apps',
    resource: 'controllerrevisions',
    operation,
    labels,
  })
}

describe('list of members that the API server refuses', () => {
  const world = ownWorld({ kwok: true })

  together(it => {
    it('is named, for a plan that cannot begin, and the plan is stuck', async () => {
      const scene = await world.scene('first-list', { nodes: 1 })
      const answer = await lists(scene, 'CREATE', 'first')
      await scene.publish({ stages: [{ id: 'first' }], stuckAfterSeconds: 5 })
      const plan = await scene.until('it is stuck', found => conditionOf(found, 'Stuck')?.status === 'True')
      expect(plan.status.phase).to.equal('published')
      expect(plan.status).not.to.have.property('startedAt')
      expect(message(plan)).to.match(/the list of the nodes of stage first: .*failed calling webhook/)
      expect(scene.audit().map(({ event_name }) => event_name)).to.deep.equal(['rollout.plan.created'])
      await answer()
      await scene.until('its node is in flight', found => stageOf(found, 'first')?.counts?.activating === 1, RECOVERS)
    })

    it('keeps nobody from knowing how the stage before stands', async () => {
      const scene = await world.scene('next-list', { nodes: 2 })
      const answer = await lists(scene, 'CREATE', 'second')
      await scene.publish({ stages: [{ id: 's1', nodes: { limit: 2 }, batchSize: 2 }, { id: 'second' }] })
      const [first = '', second = ''] = await scene.untilLabelled(2)
      await scene.addNodes(1, 2)
      await scene.confirm([first])
      await scene.until('one is counted', plan => stageOf(plan)?.counts?.activated === 1)
      await scene.addNodes(1, 3)
      await scene.confirm([second])
      const plan = await scene.until('it is named', found =>
        message(found).includes('the list of the nodes of stage second'),
      )
      expect(plan.status).to.include({ phase: 'active', currentStageId: 's1', progress: '2/2' })
      await answer()
      await scene.until('the next stage has begun', found => stageOf(found, 'second')?.released === 1, RECOVERS)
    })

    it('keeps no node from getting back what it had', async () => {
      const cursed = { 'test/cursed': 'withdrawal' }
      const scene = await world.scene('held-list', { nodes: 1, labels: () => cursed })
      const answerLists = await lists(scene, 'CREATE', 'third')
      await scene.publish({
        stages: [{ id: 's1' }, { id: 'third', nodes: { selector: { matchLabels: { late: 'yes' } } } }],
      })
      await scene.untilLabelled(1)
      const rule = { group: '', resource: 'nodes', operation: 'UPDATE', labels: cursed } as const
      const answerNodes = await unanswered(scene.cluster, 'cursed-withdrawal', rule)
      await scene.addNodes(1, 1, { late: 'yes', 'test/cursed': 'no' })
      await scene.recover('halt')
      await scene.recover('retry')
      await scene.until('the list is refused', found => message(found).includes('the list of the nodes of stage third'))
      expect(await scene.labelled()).to.have.length(1)
      await answerNodes()
      await scene.eventually('it is withdrawn', async () => (await scene.labelled()).length === 0, RECOVERS)
      await answerLists()
      await scene.untilLabelled(1)
    })

    it('may be one that is not deleted: the plan goes on, and the list goes when that is possible', async () => {
      const scene = await world.scene('old-list', { nodes: 2 })
      const revisions = async () =>
        (await list<WireRevision>(scene.cluster, `/apis/apps/v1/namespaces/${scene.namespace}/controllerrevisions`))
          .filter(({ metadata }) => metadata.labels?.[STAGE_LABEL] === 'fourth')
          .map(({ metadata }) => metadata.name)
      await scene.publish({
        stages: [
          { id: 's1', nodes: { limit: 1 } },
          { id: 'fourth', batchSize: 9 },
        ],
      })
      const [first = ''] = await scene.untilLabelled(1)
      await scene.eventually('the list is kept ahead', async () => (await revisions()).length === 1)
      const answer = await lists(scene, 'DELETE', 'fourth')
      const [late = ''] = await scene.addNodes(1, 2)
      await scene.confirm([first])
      await scene.untilLabelled(3)
      await scene.confirm([late])
      await scene.until('who has confirmed is counted', plan => stageOf(plan, 'fourth')?.counts?.activated === 1)
      expect(await revisions()).to.have.length(2)
      await scene.confirm(scene.names)
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
      await answer()
      await scene.eventually('one list is left', async () => (await revisions()).length === 1)
    })
  })
})
