import type { Bench } from '../figure.ts'
import { quantile } from '../sample.ts'
import { report as reportRelease, reportOf } from './fleet.ts'
import { seen, watch } from './sightings.ts'
import { NODES, type Stage, labelOf } from './stage.ts'

const STAGES = 26
const PLANS = 2

/**
 * From the last confirmation of a stage to the first node write of the next, both as a bystander's watch sees them.
 * The bare cost: one PATCH of a node until the same watch has seen it.
 */
export const handOver: Bench<Stage> = {
  figures: ['hand-over-p50', 'hand-over-p99'],
  run: async (stage, report) => {
    await stage.machines(1_000)
    const bare = await patchUntilSeen(stage)
    const gaps: number[] = []
    await stage.led(async () => {
      for (let number = 0; number < PLANS; number += 1) gaps.push(...(await handOvers(stage, `hand-${number}`)))
    })
    for (const [q, must] of [
      [0.5, 50],
      [0.99, 250],
    ] as const)
      report({
        figure: `hand-over-p${q * 100}`,
        value: quantile(gaps, q),
        unit: 'ms',
        bare: quantile(bare, q),
        must,
      })
  },
}

async function handOvers(stage: Stage, plan: string): Promise<readonly number[]> {
  const told = new Map<string, number>()
  const confirmed = new Map<string, number>()
  const sent: Promise<void>[] = []
  const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }, at) => {
    const { name, labels = {}, annotations = {} } = metadata
    if (labels[labelOf(plan)] !== plan) return
    if (!told.has(name)) {
      told.set(name, at)
      sent.push(reportRelease(stage.cluster, name, plan, plan))
    }
    if (annotations[reportOf(plan)] === plan && !confirmed.has(name)) confirmed.set(name, at)
  })
  const stages = Array.from({ length: STAGES }, (_, index) => ({
    id: `s${index}`,
    nodes: { limit: 2 },
    batchSize: 2,
  }))
  await stage.publish({ name: plan, stages, confirm: 'annotation' })
  await stage.phase(plan, 'completed', 120_000, 100)
  await seen('every confirmation', 10_000, () => confirmed.size === STAGES * 2)
  await Promise.all(sent)
  await watching.stop()
  const order = [...told.entries()].sort(([, a], [, b]) => a - b).map(([name]) => name)
  return Array.from({ length: STAGES - 1 }, (_, index) => {
    const [ended, begun] = [order.slice(index * 2, index * 2 + 2), order.slice(index * 2 + 2, index * 2 + 4)]
    const last = Math.max(...ended.map(name => confirmed.get(name) ?? Number.NaN))
    const first = Math.min(...begun.map(name => told.get(name) ?? Number.NaN))
    return first - last
  })
}

async function patchUntilSeen(stage: Stage): Promise<readonly number[]> {
  const times: number[] = []
  let wanted = ''
  let arrived = Promise.withResolvers<number>()
  const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }, at) => {
    if (metadata.annotations?.[reportOf('bare')] === wanted) arrived.resolve(at)
  })
  for (let count = 0; count < 50; count += 1) {
    arrived = Promise.withResolvers<number>()
    wanted = String(count)
    const start = performance.now()
    await reportRelease(stage.cluster, 'machine-0', 'bare', wanted)
    times.push((await arrived.promise) - start)
  }
  await watching.stop()
  return times
}
