import { expect } from 'chai'
import type { RolloutRecovery } from '../../../operator/api/object.ts'
import type { Scene } from './scene.ts'

/**
 * What every recovery that took effect leaves behind: its own verdict, an entry in the plan's history, an Event about
 * the plan and one about itself, and a line of the audit trail; each with who asked and why.
 */
export async function expectRecorded(scene: Scene, recovery: RolloutRecovery, planName = 'plan'): Promise<void> {
  const { metadata, spec, status } = recovery
  const { strategy, operator, reason } = spec
  expect(status.phase).to.equal('Succeeded')
  expect(status.observedGeneration).to.equal(1)
  expect(status.message).to.match(new RegExp(`^${strategy} took effect: the plan `))
  expect(status.recoveredAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(Object.fromEntries((status.conditions ?? []).map(({ type, status: is }) => [type, is]))).to.deep.equal({
    Ready: 'True',
    Reconciling: 'False',
    Stalled: 'False',
  })

  const plan = await scene.plan(planName)
  const entry = plan.status.history?.find(({ recovery: by }) => by === metadata.name)
  expect(entry).to.include({ event: 'Recovered', strategy, operator, message: reason, at: status.recoveredAt })

  const line = scene.audit(planName).find(({ fields }) => fields['recovery'] === metadata.name)
  expect(line).to.include({ event_name: 'rollout.recovered', action: strategy, actor: operator, outcome: 'success' })
  expect(line?.fields['reason']).to.equal(reason)

  const about = (uid: string, is: string) =>
    scene.eventually(`an Event ${is} about ${uid}`, async () =>
      (await scene.events(uid)).find(event => event.reason === is && event.action === strategy),
    )
  const [onPlan, onRecovery] = await Promise.all([
    about(plan.metadata.uid, 'Recovered'),
    about(metadata.uid, 'Succeeded'),
  ])
  expect(onPlan.note).to.equal(`${strategy} by ${operator}: ${reason}`)
  expect(onPlan.regarding).to.include({ kind: 'RolloutPlan', name: planName })
  expect(onRecovery.note).to.equal(status.message)
}
