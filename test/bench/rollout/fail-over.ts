import type { Bench } from '../figure.ts'
import { seen, watch } from './sightings.ts'
import { NODES, type Stage, labelOf } from './stage.ts'

const LEASE_MS = 15_000
const TIMES = 3

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

async function once(stage: Stage, plan: string): Promise<number> {
  let told = 0
  let latest: number | undefined
  const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }, at) => {
    if (metadata.labels?.[labelOf(plan)] !== plan) return
    told += 1
    latest = at
  })
  const replicas = [await stage.replica(), await stage.replica()]
  const leader = await stage.leader()
  await stage.publish({ name: plan, stages: [{ id: 's1', batchSize: '2%' }] })
  await seen('the rollout is under way', 60_000, () => told > 300)
  await leader.kill('SIGKILL')
  const died = performance.now()
  const next = await seen('the other replica goes on', 60_000, () => latest !== undefined && latest > died && latest)
  await stage.phase(plan, 'completed', 300_000, 250)
  await Promise.all(replicas.filter(replica => replica.running()).map(replica => replica.kill('SIGTERM')))
  await watching.stop()
  return next - died
}
