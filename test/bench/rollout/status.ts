import type { Bench } from '../figure.ts'
import { AT_ONCE, report as reportRelease } from './fleet.ts'
import { sample } from '../sample.ts'
import { watch } from './sightings.ts'
import { PLANS, type Stage } from './stage.ts'

const NODES = 10_000
const STAGES = 8
const FAILING = 500

/** The largest status that a plan of eight stages ever has on the way to ten thousand nodes, five hundred of which fail. */
export const status: Bench<Stage> = {
  figures: ['status-bytes'],
  run: async (stage, report) => {
    const machines = await stage.machines(NODES)
    const plan = 'status'
    let most = 0
    const watching = await watch(stage.cluster, stage.token, PLANS, object => {
      const { status: written } = object as typeof object & { readonly status?: object }
      if (object.metadata.name === plan) most = Math.max(most, Buffer.byteLength(JSON.stringify(written ?? {})))
    })
    const fails = (index: number) => index % (NODES / FAILING) === 0
    const why = 'the battery management of the left drive does not start after the update'
    await sample(NODES, AT_ONCE, index => {
      const { name } = machines[index] ?? { name: '' }
      return reportRelease(stage.cluster, name, plan, fails(index) ? `failed:${plan} ${why}` : plan)
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
    await watching.stop()
    report({ figure: 'status-bytes', value: most, unit: 'bytes', must: 20 * 1024 })
  },
}
