import { expect } from 'chai'
import { pause } from '../cluster/wait.ts'
import { together } from './harness/together.ts'
import { conditionOf, reasonOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

const isStuck = (plan: Parameters<typeof conditionOf>[0]) => conditionOf(plan, 'Stuck')?.status === 'True'
/** Long enough to see several looks of the operator at a plan that waits. */
const A_WHILE_MS = 4_000

describe('stuck plan', () => {
  const world = sharedWorld()

  together(it => {
    it('is one without progress for longer than stuckAfterSeconds, and says which gate, since when, and what to do', async () => {
      const scene = await world.scene('stuck-gate', { nodes: 1 })
      await scene.publish({
        confirm: { kind: 'ready' },
        stuckAfterSeconds: 3,
        stages: [{ id: 's1', gates: [{ kind: 'manual' }] }],
      })
      const waiting = await scene.until('approval is awaited', plan => reasonOf(plan) === 'AwaitingApproval')
      expect(isStuck(waiting)).to.equal(false)
      const plan = await scene.until('it is stuck', isStuck)
      const since = Date.parse(plan.status.updatedAt ?? '')
      expect(Date.parse(conditionOf(plan, 'Stuck')!.lastTransitionTime) - since).to.be.at.least(3_000)
      expect(conditionOf(plan, 'Stuck')).to.include({ reason: 'AwaitingApproval' })
      expect(conditionOf(plan, 'Ready')!.message).to.match(/^no progress since .*: stage s1: gate manual .*approve it$/)
      expect(conditionOf(plan, 'Reconciling')?.status).to.equal('False')
      expect(conditionOf(plan, 'Stalled')?.status).to.equal('True')
    })

    it('is told once as an Event, and rests: nothing is written while it stays so', async () => {
      const scene = await world.scene('stuck-quiet', { nodes: 1 })
      await scene.publish({ stuckAfterSeconds: 2 })
      const plan = await scene.until('it is stuck', isStuck)
      await pause(A_WHILE_MS)
      expect((await scene.plan()).metadata.resourceVersion).to.equal(plan.metadata.resourceVersion)
      const told = await scene.eventually('the Event is stored', async () => {
        const events = await scene.events(plan.metadata.uid)
        return events.some(({ reason }) => reason === 'Stuck') && events.filter(({ reason }) => reason === 'Stuck')
      })
      expect(told).to.have.length(1)
      expect(told[0]).to.include({ type: 'Warning' })
    })

    it('names the failing node, and a retry takes it off in that very write', async () => {
      const scene = await world.scene('stuck-retry', { nodes: 1 })
      await scene.publish({ timeoutSeconds: 1, stuckAfterSeconds: 3 })
      const plan = await scene.until('it is stuck', isStuck)
      expect(conditionOf(plan, 'Stuck')!.message).to.include(`first ${scene.names[0]}: TimedOut`)
      const { status } = await scene.recover('retry')
      const after = await scene.plan()
      expect(isStuck(after)).to.equal(false)
      expect(Date.parse(after.status.updatedAt ?? '')).to.be.at.least(Date.parse(status.recoveredAt ?? ''))
    })

    it('is never a paused one', async () => {
      const scene = await world.scene('stuck-paused', { nodes: 1 })
      await scene.publish({ stuckAfterSeconds: 2 })
      await scene.untilLabelled(1)
      expect((await scene.recover('pause')).status.newPhase).to.equal('paused')
      await pause(A_WHILE_MS)
      expect(isStuck(await scene.plan())).to.equal(false)
    })

    it('is not one whose soak is running, however long that takes', async () => {
      const scene = await world.scene('stuck-soak', { nodes: 1 })
      await scene.publish({
        confirm: { kind: 'ready' },
        stuckAfterSeconds: 1,
        stages: [{ id: 's1', gates: [{ kind: 'time_soak', seconds: 6 }] }],
      })
      await scene.until('it soaks', plan => reasonOf(plan) === 'Soaking')
      await pause(A_WHILE_MS)
      expect(isStuck(await scene.plan())).to.equal(false)
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
    })

    it('may be one that waits for another plan, and names it', async () => {
      const scene = await world.scene('stuck-waiting', { nodes: 1 })
      await scene.publish({ name: 'first' })
      await scene.until('the first plan runs', plan => plan.status.phase === 'active', { plan: 'first' })
      await scene.publish({ stuckAfterSeconds: 2 })
      const plan = await scene.until('it is stuck', isStuck)
      expect(conditionOf(plan, 'Stuck')).to.include({ reason: 'WaitingForPlan' })
      expect(conditionOf(plan, 'Stuck')!.message).to.include('t-stuck-waiting/first')
    })
  })
})
