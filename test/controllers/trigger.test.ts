import { expect } from 'chai'
import { ANNOTATION } from '../../operator/api/names.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { installTriggers } from '../../operator/controllers/trigger.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { Change } from '../../operator/kube/change.ts'
import type { Caches } from '../../operator/view/caches.ts'
import { frozen, node, opened, plan } from '../rollout/build.ts'

const MEMBER = node('n01')
const promoted = (confirmed: string) => ({
  ...opened('stage-01', frozen(MEMBER)),
  phase: 'promoted' as const,
  confirmed,
})

/** The keys that a change of a node wakes, of one plan with this status. */
function wokenBy(status: Partial<PlanStatus>, change: FleetNode): readonly string[] {
  const woken: string[] = []
  const quiet = { subscribe: () => () => {}, values: () => [] }
  let tell: (change: Change<FleetNode>) => void = () => {}
  const caches = {
    plans: { ...quiet, values: () => [plan({ fleet: { fleet: 'robots' }, status })] },
    recoveries: quiet,
    parts: quiet,
    nodes: { ...quiet, subscribe: (handler: typeof tell) => ((tell = handler), () => {}) },
  } as unknown as Caches
  const enqueue = (key: string) => void woken.push(key)
  installTriggers(caches, { enqueue, enqueueAfter: enqueue }, { wait: () => 0 })
  tell({ kind: 'added', object: change })
  return woken
}

describe('change of a node', () => {
  const ours = node('n01', { labels: { fleet: 'robots' } })
  const marked = node('n01', { annotations: { [ANNOTATION.planUid]: 'uid-agent-1-4-2' } })

  for (const [status, change, wakes] of [
    [{ phase: 'published' }, ours, true],
    [{ phase: 'active' }, ours, true],
    [{ phase: 'paused' }, ours, true],
    [{ phase: 'active' }, node('n01'), false],
    [{ phase: 'completed', stages: [promoted('')] }, ours, true],
    [{ phase: 'completed', stages: [promoted('gA==')] }, ours, false],
    [{ phase: 'completed', stages: [promoted('gA==')] }, marked, true],
    [{ phase: 'rolled_back' }, ours, false],
    [{ phase: 'rolled_back' }, marked, true],
    [{ phase: 'cancelled' }, ours, false],
  ] as const)
    it(`${wakes ? 'wakes' : 'leaves alone'} a plan that is ${status.phase}${'stages' in status && status.stages[0].confirmed ? ' with everybody activated' : ''}, the node ${change === marked ? 'carrying its activation' : change === ours ? 'being of its fleet' : 'being of no interest'}`, () => {
      expect(wokenBy(status, change)).to.have.length(wakes ? 1 : 0)
    })
})

describe('change of the phase of a plan', () => {
  const PHASE = { phase: 'completed' } as const

  for (const [fleet, wakes] of [
    [{ fleet: 'robots' }, true],
    [{ site: 'berlin' }, true],
    [{ fleet: 'others' }, false],
  ] as const)
    it(`${wakes ? 'wakes' : 'leaves alone'} a plan with the fleet ${JSON.stringify(fleet)}`, () => {
      const woken: string[] = []
      let tell: (change: Change<RolloutPlan>) => void = () => {}
      const ended = plan({ name: 'ended', fleet: { fleet: 'robots' }, status: PHASE })
      const other = plan({ name: 'other', fleet })
      const quiet = { subscribe: () => () => {}, values: () => [] }
      const caches = {
        plans: { values: () => [ended, other], subscribe: (handler: typeof tell) => ((tell = handler), () => {}) },
        recoveries: quiet,
        parts: quiet,
        nodes: quiet,
      } as unknown as Caches
      const controller = { enqueue: () => {}, enqueueAfter: (key: string) => void woken.push(key) }
      installTriggers(caches, controller, { wait: () => 0 })
      tell({ kind: 'updated', object: ended, previous: plan({ name: 'ended', status: { phase: 'active' } }) })
      expect(woken).to.deep.equal(wakes ? ['fleet/other'] : [])
    })
})
