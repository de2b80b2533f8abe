import type { RolloutPlan } from '../../operator/api/object.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import { until } from '../cluster/wait.ts'
import type { Cast } from './scene.ts'

const GROUP = '/apis/fleet.autonomyops.dev/v1alpha1'
const ENDED: readonly string[] = ['completed', 'rolled_back', 'cancelled']

/** Cancels what has not ended of these plans, and deletes them all: the nodes are free for the next one. Default: every plan. */
export async function endPlans(
  { cluster: { request } }: Pick<Cast, 'cluster'>,
  which: (plan: RolloutPlan) => boolean = () => true,
): Promise<void> {
  const list = async () => {
    const { items } = expectSuccess('listing plans', await request('GET', `${GROUP}/rolloutplans`)) as {
      readonly items: readonly RolloutPlan[]
    }
    return items.filter(which)
  }
  for (const { metadata, status } of await list())
    if (!ENDED.includes(status.phase)) {
      const recovery = {
        apiVersion: 'fleet.autonomyops.dev/v1alpha1',
        kind: 'RolloutRecovery',
        metadata: { generateName: 'end-' },
        spec: { planName: metadata.name, strategy: 'cancel', reason: 'the page has been tried' },
      }
      const path = `${GROUP}/namespaces/${metadata.namespace}/rolloutrecoveries`
      expectSuccess('cancelling a plan', await request('POST', path, recovery))
    }
  const ended = async () => (await list()).every(({ status }) => ENDED.includes(status.phase))
  await until(ended, { what: 'all plans have ended', withinMs: 20_000 })
  for (const { metadata } of await list())
    await request('DELETE', `${GROUP}/namespaces/${metadata.namespace}/rolloutplans/${metadata.name}`)
}
