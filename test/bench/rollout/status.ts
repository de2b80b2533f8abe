import type { Bench } from '../figure.ts'
import { AT_ONCE, report as reportRelease } from './fleet.ts'
import { sample } from '../sample.ts'
import { watch } from './sightings.ts'
import { NODES as NODES_PATH, PLANS, type Stage, labelOf } from './stage.ts'

const NODES = 10_000
const STAGES = 8
const FAILING = 500

/**
 * The largest status that a plan of eight stages ever has on the way to ten thousand nodes, five hundred of which fail.
 * Those that do not fail have reported before they are told; a failure counts only when it is reported after that.
 */
export const status: Bench<Stage> = {
  figures: ['status-bytes'],
  run: async (stage, report) => {
    const machines = await stage.machines(NODES)
    const plan = 'status'
    let most = 0
    const plans = await watch(stage.cluster, stage.token, PLANS, object => {
      const { status: written } = object as typeof object & { readonly status?: object }
      if (object.metadata.name === plan) most = Math.max(most, Buffer.byteLength(JSON.stringify(written ?? {})))
    })
    const failing = new Set(machines.filter((_, index) => index % (NODES / FAILING) === 0).map(({ name }) => name))
    const why = 'the battery management of the left drive does not start after the update'
    await sample(NODES, AT_ONCE, async index => {
      const { name } = machines[index] ?? { name: '' }
      if (!failing.has(name)) await reportRelease(stage.cluster, name, plan, plan)
    })
    const failures: Promise<void>[] = []
    const agents = await watch(stage.cluster, stage.token, NODES_PATH, ({ metadata: { name, labels = {} } }) => {
      if (labels[labelOf(plan)] === undefined || !failing.delete(name)) return
      failures.push(reportRelease(stage.cluster, name, plan, `failed:${plan} ${why}`))
    })
    const stages = Array.from({ length: STAGES }, (_, index) => ({
      id: `stage-${index}`,
      nodes: { limit: NODES / STAGES },
      batchSize: '50%',
      maxFailures: '50%',
      gates: [
        { kind: 'time_soak', seconds: 0 },
        { kind: 'health', minPercent: 50 },
      ],
    }))
    await stage.led(async () => {
      await stage.publish({ name: plan, stages, confirm: 'annotation' })
      await stage.phase(plan, 'completed', 600_000, 250)
    })
    await agents.stop()
    await plans.stop()
    await Promise.all(failures)
    if (failures.length !== FAILING) throw new Error(`${failures.length} machines have failed, not ${FAILING}`)
    report({ figure: 'status-bytes', value: most, unit: 'bytes', must: 20 * 1024 })
  },
}
