import { expect } from 'chai'
import { REPORT_ANNOTATION, annotationsOf } from '../../operator/api/names.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { expectRecorded } from './harness/recorded.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { belongings, conditionOf, reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

describe('getting a plan to go on', () => {
  const world = sharedWorld()

  /** Two rings of nodes: a is `count` nodes, b the rest. */
  const rings = (count: number) => ({ labels: (index: number) => ({ ring: index < count ? 'a' : 'b' }) })
  const ring = (name: string) => ({ nodes: { selector: { matchLabels: { ring: name } } } })
  const completed = ({ status }: RolloutPlan) => status.phase === 'completed'
  const report = (scene: Scene, names: readonly string[]) => scene.confirm(names, 'failed:v2 disk full')

  together(it => {
    it('retry tries failed nodes again, and promoted stages stay promoted', async () => {
      const scene = await world.scene('retry', { nodes: 3, ...rings(1) })
      const [canary = ''] = scene.names
      await scene.publish({
        stages: [
          { id: 's1', ...ring('a') },
          { id: 's2', ...ring('b') },
        ],
      })
      await scene.untilLabelled(1)
      await scene.confirm([canary])
      const failing = (await scene.untilLabelled(2)).find(name => name !== canary) ?? ''
      await report(scene, [failing])
      const blocked = await scene.until('the stage is blocked', plan => reasonOf(plan) === 'TooManyFailures')
      expect(blocked.status.failingNodes).to.deep.include({
        name: failing,
        stage: 's2',
        reason: 'AgentReportedFailure',
        message: 'its agent reports: disk full',
      })

      const recovery = await scene.recover('retry', { stageId: 's2', reason: 'disk is cleaned', operator: 'bob' })
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'active' })
      await expectRecorded(scene, recovery)
      await scene.eventually('the node is told again', async () => {
        const { annotations } = belongings(await scene.node(failing))
        return annotations[annotationsOf(scene.label).attempt] === '2'
      })
      const again = await scene.until('the plan goes on', plan => reasonOf(plan) === 'Activating')
      expect(again.status.updatedAt! >= recovery.status.recoveredAt!).to.equal(true)
      expect(again.status.failingNodes).to.equal(undefined)
      expect(stageOf(again)?.phase).to.equal('promoted')
      expect(stageOf(again, 's2')?.attempt).to.equal(2)

      await scene.confirm([failing])
      await scene.untilLabelled(3)
      await scene.confirm(scene.names)
      const done = await scene.until('the plan is completed', completed)
      expect(done.status.progress).to.equal('3/3')
    })

    it('retry of a paused plan makes it active again', async () => {
      const scene = await world.scene('retry-paused', { nodes: 2 })
      await scene.publish()
      await scene.untilLabelled(1)
      await scene.recover('pause')
      const recovery = await scene.recover('retry')
      expect(recovery.status).to.include({ previousPhase: 'paused', newPhase: 'active' })
      await scene.confirm(scene.names)
      await scene.until('the plan is completed', completed)
    })

    it('skip_failed promotes the current stage past its failures and opens the next one', async () => {
      const scene = await world.scene('skip', { nodes: 4, ...rings(3) })
      await scene.publish({
        stages: [
          { id: 's1', ...ring('a') },
          { id: 's2', ...ring('b'), gates: [{ kind: 'manual' }] },
        ],
      })
      const [failed = ''] = await scene.untilLabelled(1)
      await report(scene, [failed])
      await scene.until('the stage is blocked', plan => reasonOf(plan) === 'TooManyFailures')
      const before = belongings(await scene.node(failed))

      const recovery = await scene.recover('skip_failed', { stageId: 's1', reason: 'not critical', operator: 'bob' })
      expect(recovery.status).to.include({
        previousPhase: 'active',
        newPhase: 'active',
        skippedStageId: 's1',
        nextStageId: 's2',
      })
      await expectRecorded(scene, recovery)
      const plan = await scene.plan()
      expect(stageOf(plan)).to.include({ phase: 'promoted', skipped: true })
      expect(plan.status.currentStageId).to.equal('s2')
      expect(plan.status.history?.map(({ event }) => event)).to.include.members(['StageSkipped', 'StageOpened'])

      // The two nodes that were not reached are caught up one by one (batchSize 1), beside the next stage.
      await scene.eventually('all nodes run the release', async () => {
        const labelled = await scene.labelled()
        await scene.confirm(labelled.filter(name => name !== failed))
        return labelled.length === 4
      })
      await scene.recover('approve', { stageId: 's2' })
      const done = await scene.until('the plan is completed', completed)
      expect(belongings(await scene.node(failed))).to.deep.equal(before)
      expect(stageOf(done)).to.include({ phase: 'promoted', skipped: true })
    })

    it('skip_failed of the last stage completes the plan', async () => {
      const scene = await world.scene('skip-last', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1', gates: [{ kind: 'manual' }] }] })
      await scene.untilLabelled(1)
      await scene.confirm(scene.names)
      await scene.until('the gate is asked', plan => reasonOf(plan) === 'AwaitingApproval')
      const recovery = await scene.recover('skip_failed')
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'completed', skippedStageId: 's1' })
      expect(recovery.status).to.not.have.property('nextStageId')
      await expectRecorded(scene, recovery)
      const plan = await scene.plan()
      expect(plan.status.phase).to.equal('completed')
      expect(plan.status.completedAt).to.equal(recovery.status.recoveredAt)
      expect(plan.status).to.not.have.property('currentStageId')
      expect(conditionOf(plan, 'Ready')?.status).to.equal('True')
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('False')
    })

    it('pause lets nodes in flight confirm and activates no other; resume goes on', async () => {
      const scene = await world.scene('pause', { nodes: 3, ...rings(2) })
      await scene.publish({
        stages: [
          { id: 's1', ...ring('a') },
          { id: 's2', ...ring('b') },
        ],
      })
      const [first = ''] = await scene.untilLabelled(1)
      const paused = await scene.recover('pause', { reason: 'lunch', operator: 'bob' })
      expect(paused.status).to.include({ previousPhase: 'active', newPhase: 'paused' })
      await expectRecorded(scene, paused)
      await scene.confirm([first])
      const still = await scene.until('the confirmation is counted', plan => stageOf(plan)?.counts?.activated === 1)
      expect(still.status.phase).to.equal('paused')
      expect(reasonOf(still)).to.equal('Paused')
      expect(conditionOf(still, 'Stalled')?.status).to.equal('True')
      expect(await scene.labelled()).to.deep.equal([first])

      const resumed = await scene.recover('resume', { reason: 'back again', operator: 'carol' })
      expect(resumed.status).to.include({ previousPhase: 'paused', newPhase: 'active' })
      await expectRecorded(scene, resumed)
      await scene.untilLabelled(2)
      await scene.confirm(scene.names)
      await scene.until('the plan is completed', completed)
    })

    it('a paused stage that has settled is promoted only after resume', async () => {
      const scene = await world.scene('pause-promotion', { nodes: 2, ...rings(1) })
      await scene.publish({
        stages: [
          { id: 's1', ...ring('a') },
          { id: 's2', ...ring('b') },
        ],
      })
      await scene.untilLabelled(1)
      await scene.recover('pause')
      await scene.confirm(scene.names)
      const still = await scene.until('the stage has settled', plan => stageOf(plan)?.settledAt !== undefined)
      expect(stageOf(still)?.phase).to.equal('open')
      await scene.recover('resume')
      await scene.until('the plan is completed', completed)
    })

    it('approve lets a stage with one approval go on at once', async () => {
      const scene = await world.scene('approve', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1', gates: [{ kind: 'manual', name: 'go' }] }] })
      await scene.confirm(scene.names)
      const asked = await scene.until('the approval is asked for', plan => reasonOf(plan) === 'AwaitingApproval')
      expect(conditionOf(asked, 'Ready')?.message).to.equal('stage s1: gate go has 0 of 1 approvals; approve it')
      const recovery = await scene.recover('approve', { stageId: 's1', operator: 'bob' })
      expect(recovery.status).to.include({ previousPhase: 'active', newPhase: 'active' })
      await expectRecorded(scene, recovery)
      const plan = await scene.until('the plan is completed', completed)
      expect(stageOf(plan)?.approvals).to.deep.equal([
        { operator: 'bob', approvedAt: recovery.status.recoveredAt, recovery: recovery.metadata.name },
      ])
    })

    it('approve counts different operators: one person cannot give both approvals', async () => {
      const scene = await world.scene('approve-twice', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1', gates: [{ kind: 'manual', approvals: 2 }] }] })
      await scene.confirm(scene.names)
      await scene.until('the approval is asked for', plan => reasonOf(plan) === 'AwaitingApproval')
      expect((await scene.recover('approve', { stageId: 's1', operator: 'bob' })).status.phase).to.equal('Succeeded')
      const half = await scene.until(
        'the approval is told',
        plan => stageOf(plan)?.gates?.[0]?.detail === '1 of 2 approvals (bob)',
      )
      expect(stageOf(half)?.phase).to.equal('open')
      const again = await scene.recover('approve', { stageId: 's1', operator: 'bob' })
      expect(again.status).to.include({ phase: 'Rejected', code: 'already_approved' })
      expect((await scene.recover('approve', { stageId: 's1', operator: 'carol' })).status.phase).to.equal('Succeeded')
      const plan = await scene.until('the plan is completed', completed)
      expect(stageOf(plan)?.approvals?.map(({ operator }) => operator)).to.deep.equal(['bob', 'carol'])
    })

    it('approve before the nodes have settled counts when they have', async () => {
      const scene = await world.scene('approve-early', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1', gates: [{ kind: 'manual' }] }] })
      await scene.untilLabelled(1)
      expect((await scene.recover('approve', { stageId: 's1' })).status.phase).to.equal('Succeeded')
      const plan = await scene.until('the gate has passed', found => stageOf(found)?.gates?.[0]?.state === 'passed')
      expect(stageOf(plan)?.phase).to.equal('open')
      await scene.confirm(scene.names)
      await scene.until('the plan is completed', completed)
    })

    it('approve of a paused plan counts, and the stage is promoted after resume', async () => {
      const scene = await world.scene('approve-paused', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1', gates: [{ kind: 'manual' }] }] })
      await scene.confirm(scene.names)
      await scene.until('the approval is asked for', plan => reasonOf(plan) === 'AwaitingApproval')
      await scene.recover('pause')
      const recovery = await scene.recover('approve', { stageId: 's1' })
      expect(recovery.status).to.include({ phase: 'Succeeded', previousPhase: 'paused', newPhase: 'paused' })
      const still = await scene.until('the gate has passed', plan => stageOf(plan)?.gates?.[0]?.state === 'passed')
      expect(stageOf(still)?.phase).to.equal('open')
      await scene.recover('resume')
      await scene.until('the plan is completed', completed)
    })

    it('what an agent reported before a retry does not fail the next attempt', async () => {
      const scene = await world.scene('retry-report', { nodes: 1 })
      const [node = ''] = scene.names
      await scene.publish()
      await scene.untilLabelled(1)
      await report(scene, [node])
      await scene.until('the stage is blocked', plan => reasonOf(plan) === 'TooManyFailures')
      await scene.recover('retry')
      const plan = await scene.until('the node is tried again', found => stageOf(found)?.counts?.activating === 1)
      expect(belongings(await scene.node(node)).annotations[REPORT_ANNOTATION]).to.equal('failed:v2 disk full')
      expect(reasonOf(plan)).to.equal('Activating')
      await scene.confirm([node], 'failed:v2 disk full again')
      await scene.until('a new report fails it again', found => reasonOf(found) === 'TooManyFailures')
    })
  })
})
