import { expect } from 'chai'
import type { RecoveryParts } from './harness/plan-manifest.ts'
import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { Scene } from './harness/scene.ts'
import { together } from './harness/together.ts'
import { conditionOf, reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

/** The recovery is rejected with that code and words, and the plan is left as it is. */
async function expectRefused(scene: Scene, strategy: Strategy, code: string, words: RegExp, parts: RecoveryParts = {}) {
  const before = await scene.plan(parts.planName)
  const { status } = await scene.recover(strategy, parts)
  expect(status).to.include({ phase: 'Rejected', code })
  expect(status.message).to.match(words)
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  expect(ready?.status).to.equal('False')
  expect((await scene.plan(parts.planName)).metadata.resourceVersion).to.equal(before.metadata.resourceVersion)
}

/** A plan with a node in flight, at rest. */
async function inFlight(scene: Scene, gates: readonly object[] = []) {
  await scene.publish({ stages: [{ id: 's1', gates: gates as never }, { id: 's2' }] })
  await scene.untilLabelled(1)
  await scene.until('its node is in flight', plan => stageOf(plan)?.counts?.activating === 1)
}

describe('refused recovery', () => {
  const world = sharedWorld()

  together(it => {
    it('names the plan that does not exist: plan_not_found', async () => {
      const scene = await world.scene('no-plan')
      const { status } = await scene.recover('retry', { planName: 'nobody' })
      expect(status).to.include({ phase: 'Rejected', code: 'plan_not_found' })
      expect(status.message).to.match(/no plan nobody in namespace t-no-plan; kubectl get rplan/)
    })

    it('was meant for another plan of that name: plan_replaced', async () => {
      const scene = await world.scene('replaced', { nodes: 1 })
      await inFlight(scene)
      await expectRefused(scene, 'rollback', 'plan_replaced', /was replaced/, { planUid: 'another' })
    })

    it('comes after the end: plan_already_terminal, whatever it asks for', async () => {
      const scene = await world.scene('ended', { nodes: 1 })
      await inFlight(scene)
      await scene.recover('cancel')
      await scene.until(
        'nobody is in flight',
        ({ status }) => status.conditions?.[0]?.message.includes('no node') ?? false,
      )
      for (const strategy of ['rollback', 'retry', 'skip_failed', 'halt', 'cancel', 'pause', 'resume'] as const)
        await expectRefused(scene, strategy, 'plan_already_terminal', /is cancelled; nothing is left to do/)
    })

    it('comes after completion: plan_already_terminal', async () => {
      const scene = await world.scene('done', { nodes: 1 })
      await scene.publish({ confirm: { kind: 'ready' } })
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
      await expectRefused(scene, 'rollback', 'plan_already_terminal', /is completed/)
    })

    it('needs an active plan: plan_not_active, with the way out', async () => {
      const scene = await world.scene('paused', { nodes: 1 })
      await inFlight(scene)
      await scene.recover('pause')
      await expectRefused(scene, 'skip_failed', 'plan_not_active', /is paused, .*resume it first/)
      await expectRefused(scene, 'halt', 'plan_not_active', /is paused, .*rollback or cancel stop it for good/)
      await expectRefused(scene, 'pause', 'plan_not_active', /is paused already/)
    })

    it('asks a running plan to resume: plan_not_paused', async () => {
      const scene = await world.scene('running', { nodes: 1 })
      await inFlight(scene)
      await expectRefused(scene, 'resume', 'plan_not_paused', /is active, so there is nothing to resume/)
    })

    it('names a stage that is not the current one: stage_not_current', async () => {
      const scene = await world.scene('stage', { nodes: 1 })
      await inFlight(scene)
      await expectRefused(scene, 'skip_failed', 'stage_not_current', /the current stage .* is s1, not s2/, {
        stageId: 's2',
      })
    })

    it('asks a halted stage to go on: stage_halted, and retry is named', async () => {
      const scene = await world.scene('halted', { nodes: 1 })
      await inFlight(scene)
      await scene.recover('halt')
      await scene.untilLabelled(0)
      await scene.until('nobody is in flight', plan => stageOf(plan)?.counts?.activating === 0)
      await expectRefused(scene, 'resume', 'stage_halted', /use retry/)
      await expectRefused(scene, 'halt', 'stage_halted', /halted already/)
    })

    it('approves where nothing is to be approved: no_manual_gate', async () => {
      const scene = await world.scene('no-gate', { nodes: 1 })
      await inFlight(scene)
      await expectRefused(scene, 'approve', 'no_manual_gate', /has no manual gate/, { stageId: 's1' })
    })

    it('approves a second time: already_approved', async () => {
      const scene = await world.scene('twice', { nodes: 1 })
      await inFlight(scene, [{ kind: 'manual', approvals: 2 }])
      await scene.recover('approve', { stageId: 's1', operator: 'alice' })
      await scene.until(
        'the approval is shown',
        plan => stageOf(plan)?.gates?.[0]?.detail === '1 of 2 approvals (alice)',
      )
      await expectRefused(scene, 'approve', 'already_approved', /alice has approved .* another operator must/, {
        stageId: 's1',
        operator: 'alice',
      })
    })

    it('asks a waiting plan to go on: waiting_for_plan; and what needs a stage is refused, too', async () => {
      const scene = await world.scene('waiting', { nodes: 1 })
      await scene.publish({ name: 'first' })
      await scene.until('the first plan runs', plan => plan.status.phase === 'active', { plan: 'first' })
      await scene.publish()
      await scene.until('the second plan waits', plan => reasonOf(plan) === 'WaitingForPlan')
      await expectRefused(scene, 'retry', 'waiting_for_plan', /waits for plan t-waiting\/first/)
      await expectRefused(scene, 'skip_failed', 'plan_not_active', /is published/)
      await expectRefused(scene, 'rollback', 'no_current_stage', /has not opened a stage yet/, { stageId: 's1' })
    })
  })
})

describe('recovery', () => {
  const world = sharedWorld()

  it('takes effect once each when two come at the same moment, in the order of their creation', async () => {
    const scene = await world.scene('both', { nodes: 1 })
    await inFlight(scene)
    const names = await Promise.all([scene.ask('retry', { name: 'one' }), scene.ask('retry', { name: 'two' })])
    const verdicts = await Promise.all(names.map(name => scene.verdict(name)))
    expect(verdicts.map(({ status }) => status.phase)).to.deep.equal(['Succeeded', 'Succeeded'])
    const { status } = await scene.plan()
    expect(status.stages?.[0]?.attempt).to.equal(3)
    const applied = (status.history ?? []).flatMap(({ recovery }) => recovery ?? [])
    expect([...applied].sort()).to.deep.equal(['one', 'two'])
  })

  it('does nothing when the same object is applied again', async () => {
    const scene = await world.scene('again', { nodes: 1 })
    await inFlight(scene)
    await scene.recover('retry', { name: 'once' })
    await scene.until('it has settled', plan => conditionOf(plan, 'Ready')?.reason === 'Activating')
    const { metadata } = await scene.plan()
    await scene.ask('retry', { name: 'once' })
    await scene.recover('pause', { name: 'after' })
    const { status } = await scene.plan()
    expect(status.stages?.[0]?.attempt).to.equal(2)
    expect(metadata.uid).to.not.equal(undefined)
  })

  it('that came while no operator ran is applied when one starts', async () => {
    const scene = await world.scene('away', { nodes: 2 })
    await scene.publish({ stages: [{ id: 's1', batchSize: 2 }] })
    await scene.untilLabelled(2)
    await world.stopOperator()
    const name = await scene.ask('rollback')
    expect((await scene.plan()).status.phase).to.equal('active')
    world.startOperator()
    expect((await scene.verdict(name)).status.newPhase).to.equal('rolled_back')
    await scene.untilLabelled(0)
  })
})
