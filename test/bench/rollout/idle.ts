import { pause } from '../../cluster/wait.ts'
import type { Bench } from '../figure.ts'
import { type Stage, isWrite } from './stage.ts'
import { cpuSeconds } from './usage.ts'

const COMPLETED = 20
const WAITING = 5
const MINUTE = 60_000

/** What a settled operator asks of the API server in a minute: twenty completed plans, five that wait for an approval. */
export const idle: Bench<Stage> = {
  figures: ['idle-requests', 'idle-writes', 'idle-cpu'],
  run: async (stage, report) => {
    await stage.machines(1_000)
    await stage.led(async ({ pid }) => {
      const done = Array.from({ length: COMPLETED }, (_, index) => `done-${index}`)
      const waiting = Array.from({ length: WAITING }, (_, index) => `waiting-${index}`)
      const first = [{ id: 's1', nodes: { limit: 10 }, batchSize: 10 }]
      const gated = [{ id: 's1', nodes: { limit: 10 }, batchSize: 10, gates: [{ kind: 'manual' }] }]
      for (const name of done) await stage.publish({ name, stages: first })
      for (const name of waiting) await stage.publish({ name, stages: gated })
      for (const name of done) await stage.phase(name, 'completed', 60_000)
      await pause(20_000)
      stage.requests()
      const before = cpuSeconds(pid)
      await pause(MINUTE)
      const cpu = cpuSeconds(pid) - before
      const asked = stage.requests()
      for (const { verb, resource, name } of asked) process.stderr.write(`${verb} ${resource} ${name}\n`)
      report({ figure: 'idle-requests', value: asked.length, unit: 'requests/min', must: 1 })
      report({ figure: 'idle-writes', value: asked.filter(isWrite).length, unit: 'requests/min', must: 0 })
      report({ figure: 'idle-cpu', value: (cpu * 1000) / (MINUTE / 1000), unit: 'millicores' })
    })
  },
}
