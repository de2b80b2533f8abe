import { freePorts } from '../../cluster/port.ts'
import { pause } from '../../cluster/wait.ts'
import { direct, exchange } from '../../rest/door.ts'
import type { Bench } from '../figure.ts'
import { GROUP } from './fleet.ts'
import type { Stage } from './stage.ts'

const PLANS = 200
const TICK_MS = 10_000
const TICKS = 6

/** What the pass takes that looks at every plan each ten seconds, and how long it keeps the process from anything else. */
export const tick: Bench<Stage> = {
  figures: ['tick', 'loop-delay-p99'],
  run: async (stage, report) => {
    await stage.machines(PLANS * GROUP)
    const [port = 0] = await freePorts(1)
    await stage.led(
      async () => {
        const names = Array.from({ length: PLANS }, (_, index) => `tick-${index}`)
        for (const [index, name] of names.entries())
          await stage.publish({
            name,
            fleet: { group: `g${index}` },
            stages: [{ id: 's1', batchSize: GROUP, gates: [{ kind: 'manual' }] }],
          })
        for (const name of names) await stage.phase(name, 'active', 60_000)
        await pause(TICK_MS)
        const caller = await direct(stage.cluster, port, await stage.ca(), 'bystander', 'orchestrator.autonomyops.dev')
        const read = async () => {
          const { body } = await exchange(caller, 'GET', '/metrics')
          return String(body)
        }
        const before = await read()
        await pause(TICK_MS * TICKS)
        const after = await read()
        const sum = (text: string) =>
          sample(text, 'controller_runtime_reconcile_time_seconds_sum{controller="rolloutplan"}')
        const value = ((sum(after) - sum(before)) * 1000) / TICKS
        report({ figure: 'tick', value, unit: 'ms', must: 100 })
        const delay = sample(after, 'nodejs_eventloop_lag_p99_seconds') * 1000
        report({ figure: 'loop-delay-p99', value: delay, unit: 'ms', must: 50 })
        caller.agent.destroy()
      },
      { 'rest-address': `127.0.0.1:${port}` },
    )
  },
}

function sample(exposition: string, series: string): number {
  const line = exposition.split('\n').find(text => text.startsWith(`${series} `))
  if (line === undefined) throw new Error(`/metrics has no ${series}`)
  return Number(line.slice(series.length + 1))
}
