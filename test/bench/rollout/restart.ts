import { spawnSync } from 'node:child_process'
import type { Bench } from '../figure.ts'
import type { Shipped } from './shipped.ts'
import { seen, watch } from './sightings.ts'
import { NODES, type Stage, labelOf } from './stage.ts'

const NODES_THERE = 5_000

/** From the start of a process to its first activation, in the middle of a rollout that the one before has left. */
export const restart: Bench<Stage> = {
  figures: ['restart-first-write'],
  run: async (stage, report) => {
    await stage.machines(NODES_THERE)
    const plan = 'restart'
    let told = 0
    let latest: number | undefined
    const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }, at) => {
      if (metadata.labels?.[labelOf(plan)] !== plan) return
      told += 1
      latest = at
    })
    await stage.led(async () => {
      await stage.publish({ name: plan, stages: [{ id: 's1', batchSize: '2%' }] })
      await seen('the rollout is under way', 60_000, () => told > 500)
    })
    const before = latest
    const start = performance.now()
    await stage.led(async () => {
      const first = await seen('the rollout goes on', 60_000, () => latest !== before && latest)
      report({
        figure: 'restart-first-write',
        value: first - start,
        unit: 'ms',
        bare: bareStart(stage.shipped),
        must: 3_000,
      })
      await stage.phase(plan, 'completed', 300_000, 250)
    })
    await watching.stop()
  },
}

/** What Node takes to load the program and to say what its options are. */
function bareStart({ main, env }: Shipped): number {
  const start = performance.now()
  spawnSync(process.execPath, [main, '--help'], { env })
  return performance.now() - start
}
