import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { setNodeReady } from '../cluster/fault.ts'
import { pause } from '../cluster/wait.ts'
import { together } from './harness/together.ts'
import { reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

const gateOf = (plan: RolloutPlan, kind: string) => stageOf(plan)?.gates?.find(gate => gate.kind === kind)
const closedAt = (plan: RolloutPlan) => Date.parse(stageOf(plan)?.closedAt ?? '')
const settledAt = (plan: RolloutPlan) => Date.parse(stageOf(plan)?.settledAt ?? '')

describe('gate', () => {
  const world = sharedWorld()

  together(it => {
    it('time_soak lets the settled stage run for its time, and not less', async () => {
      const scene = await world.scene('soak', { nodes: 1 })
      await scene.publish({
        confirm: { kind: 'ready' },
        stages: [{ id: 's1', gates: [{ kind: 'time_soak', seconds: 3 }] }],
      })
      const soaking = await scene.until('it soaks', plan => reasonOf(plan) === 'Soaking')
      expect(gateOf(soaking, 'time_soak')).to.include({ state: 'unknown', name: 'time_soak' })
      expect(gateOf(soaking, 'time_soak')?.detail).to.match(/^soak of 3 seconds from .* to /)
      const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
      expect(closedAt(done) - settledAt(done)).to.be.at.least(3_000)
      expect(gateOf(done, 'time_soak')?.state).to.equal('passed')
    })

    it('time_soak goes on while the plan is paused, and promotes only after resume', async () => {
      const scene = await world.scene('soak-paused', { nodes: 1 })
      await scene.publish({
        confirm: { kind: 'ready' },
        stages: [{ id: 's1', gates: [{ kind: 'time_soak', seconds: 2 }] }],
      })
      await scene.until('it soaks', plan => reasonOf(plan) === 'Soaking')
      await scene.recover('pause')
      const passed = await scene.until('the soak is over', plan => gateOf(plan, 'time_soak')?.state === 'passed')
      expect(passed.status.phase).to.equal('paused')
      await scene.recover('resume')
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
    })

    it('health fails below its share, and passes when the share has been healthy for its time', async () => {
      const scene = await world.scene('health', { nodes: 2 })
      const [broken = '', sound = ''] = scene.names
      const gates = [{ kind: 'health', minPercent: 100, forSeconds: 2 }] as const
      await scene.publish({ stages: [{ id: 's1', batchSize: 2, maxFailures: 1, gates }] })
      await scene.untilLabelled(2)
      await scene.confirm([sound])
      await scene.confirm([broken], 'failed:v2 no')
      const failed = await scene.until('it has failed', plan => gateOf(plan, 'health')?.state === 'failed')
      expect(gateOf(failed, 'health')?.detail).to.equal(
        '1 of 2 activated nodes are healthy, 2 (100 %) must be for 2 seconds',
      )
      expect(reasonOf(failed)).to.equal('GateFailed')
      await scene.confirm([broken])
      const unknown = await scene.until('it is not known', plan => gateOf(plan, 'health')?.state === 'unknown')
      expect(unknown.status.phase).to.equal('active')
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
    })

    it('health takes a node that was away for unhealthy from the moment it came back', async () => {
      const scene = await world.scene('health-break', { nodes: 1 })
      const gates = [{ kind: 'health', minPercent: 100, forSeconds: 4 }] as const
      await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates }] })
      await scene.until('it is watched', plan => gateOf(plan, 'health')?.state === 'unknown')
      await setNodeReady(scene.cluster, scene.names, 'False')
      await setNodeReady(scene.cluster, scene.names, 'True')
      const { status } = await scene.node(scene.names[0]!)
      const backAt = Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.['lastTransitionTime'] ?? '')
      const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
      expect(closedAt(done) - backAt).to.be.at.least(4_000)
    })

    it('manual waits for a person, and all gates are shown with state, since and detail', async () => {
      const scene = await world.scene('all-gates', { nodes: 1 })
      const gates = [
        { kind: 'time_soak', seconds: 1, name: 'settle' },
        { kind: 'health', minPercent: 100 },
        { kind: 'manual', approvals: 1 },
      ] as const
      await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates }] })
      const plan = await scene.until('only a person is missing', found => reasonOf(found) === 'AwaitingApproval')
      const shown = (stageOf(plan)?.gates ?? []).map(({ name, state }) => [name, state])
      expect(shown).to.deep.equal([
        ['settle', 'passed'],
        ['health', 'passed'],
        ['manual', 'unknown'],
      ])
      for (const gate of stageOf(plan)?.gates ?? []) {
        expect(gate.detail).to.not.equal('')
        expect(Date.parse(gate.since)).to.be.at.least(Date.parse(stageOf(plan)?.openedAt ?? ''))
      }
      await pause(1_500)
      expect((await scene.plan()).status.phase).to.equal('active')
      await scene.recover('approve', { stageId: 's1' })
      await scene.until('it is completed', found => found.status.phase === 'completed')
    })
  })
})
