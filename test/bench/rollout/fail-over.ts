import type { Bench } from '../figure.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { SYSTEM } from '../../rest/ground.ts'
import { seen, watch } from './sightings.ts'
import { NODES, type Stage, labelOf } from './stage.ts'

const LEASE_MS = 15_000
const TIMES = 3

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/autonomy-rollouts`

/** From the leader's death to the next activation, by the other replica: the longest of three. */
export const failOver: Bench<Stage> = {
  figures: ['fail-over'],
  run: async (stage, report) => {
    await stage.machines(5_000)
    let longest = 0
    for (let time = 0; time < TIMES; time += 1) longest = Math.max(longest, await once(stage, `fail-over-${time}`))
    report({ figure: 'fail-over', value: longest, unit: 'ms', bare: LEASE_MS, must: LEASE_MS + 2_000 })
  },
}

/**
 * What the leader did last is seen after its death, so what counts is the first activation after the other replica has
 * taken the lease, by the lease's own time: the replicas' clock is this process's.
 */
async function once(stage: Stage, plan: string): Promise<number> {
  const told: number[] = []
  const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }) => {
    if (metadata.labels?.[labelOf(plan)] === plan) told.push(Date.now())
  })
  const replicas = [await stage.replica(), await stage.replica()]
  const leader = await stage.leader()
  await stage.publish({ name: plan, stages: [{ id: 's1', batchSize: '2%' }] })
  await seen('the rollout is under way', 60_000, () => told.length > 300)
  await leader.kill('SIGKILL')
  const died = Date.now()
  await stage.leader()
  const lease = expectSuccess('the lease', await stage.cluster.request('GET', LEASE)) as {
    readonly spec: { readonly acquireTime: string }
  }
  const taken = Date.parse(lease.spec.acquireTime)
  if (taken < died) throw new Error('nobody took the lease')
  const next = await seen('the other replica goes on', 60_000, () => told.find(at => at >= taken))
  await stage.phase(plan, 'completed', 300_000, 250)
  await Promise.all(replicas.filter(replica => replica.running()).map(replica => replica.kill('SIGTERM')))
  await watching.stop()
  return next - died
}
