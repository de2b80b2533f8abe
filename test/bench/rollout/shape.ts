import type { Bench } from '../figure.ts'
import { report as reportRelease, reportOf } from './fleet.ts'
import { seen, watch } from './sightings.ts'
import { NODES, PLANS, type Stage, labelOf } from './stage.ts'

const MOST_IN_FLIGHT = 50

/** Two shapes that peers were measured at, each from the plan's creation to its completion as a watch sees it. */
export const shape: Bench<Stage> = {
  figures: ['shape-100', 'shape-200', 'shape-200-in-flight'],
  run: async (stage, report) => {
    await stage.machines(1_000)
    await stage.led(async () => {
      const stages = [20, 30, 50].map(limit => ({ id: `s${limit}`, nodes: { limit }, batchSize: '50%' }))
      const hundred = await completion(stage, 'shape-100', stages, 'ready')
      report({ figure: 'shape-100', value: hundred, unit: 'ms', must: 3_000 })

      const inFlight = new Set<string>()
      let most = 0
      const reports: Promise<void>[] = []
      const plan = 'shape-200'
      const watching = await watch(stage.cluster, stage.token, NODES, ({ metadata }) => {
        const { name, labels = {}, annotations = {} } = metadata
        if (labels[labelOf(plan)] !== plan) return
        if (annotations[reportOf(plan)] === plan) inFlight.delete(name)
        else if (!inFlight.has(name)) {
          most = Math.max(most, inFlight.add(name).size)
          reports.push(reportRelease(stage.cluster, name, plan, plan))
        }
      })
      const one = [{ id: 's1', nodes: { limit: 200 }, batchSize: MOST_IN_FLIGHT }]
      const twoHundred = await completion(stage, plan, one, 'annotation')
      await Promise.all(reports)
      await watching.stop()
      report({ figure: 'shape-200', value: twoHundred, unit: 'ms', must: 3_000 })
      report({ figure: 'shape-200-in-flight', value: most, unit: 'nodes', must: MOST_IN_FLIGHT })
    })
  },
}

async function completion(
  stage: Stage,
  plan: string,
  stages: Parameters<Stage['publish']>[0]['stages'],
  confirm: 'ready' | 'annotation',
): Promise<number> {
  let completed: number | undefined
  const watching = await watch(stage.cluster, stage.token, PLANS, (object, at) => {
    const { status } = object as typeof object & { readonly status?: { readonly phase?: string } }
    if (object.metadata.name === plan && status?.phase === 'completed') completed ??= at
  })
  const start = performance.now()
  await stage.publish({ name: plan, stages, confirm })
  const end = await seen(`${plan} is completed`, 120_000, () => completed)
  await watching.stop()
  return end - start
}
