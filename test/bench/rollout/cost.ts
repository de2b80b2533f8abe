import { Agent } from 'node:https'
import { activationPatch } from '../../../operator/fleet/activation.ts'
import { trimNode } from '../../../operator/fleet/node.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import type { Bench } from '../figure.ts'
import { call } from '../rest/call.ts'
import { sample } from '../sample.ts'
import { AT_ONCE } from './fleet.ts'
import { cpuSeconds, forgetPeak, peakMemory } from './usage.ts'
import { NODES, type Stage, isWrite } from './stage.ts'

const MIB = 1024 * 1024

/**
 * What it costs to move a fleet in one batch, beside a plain loop of the very same PATCHes, in the operator's name and
 * at its concurrency: one loop before, one after.
 */
export const cost: Bench<Stage> = {
  figures: [
    'rollout-cost-1k',
    'rollout-cost-10k',
    'rollout-cpu-1k',
    'rollout-cpu-5k',
    'rollout-cpu-10k',
    'writes-per-node',
    'rss-1k',
    'rss-5k',
    'rss-10k',
  ],
  run: async (stage, report) => {
    let ratioAt1k = 0
    for (const [name, count] of [
      ['1k', 1_000],
      ['5k', 5_000],
      ['10k', 10_000],
    ] as const) {
      await stage.machines(count)
      const before = await plainLoop(stage)
      await stage.led(async ({ pid }) => {
        forgetPeak(pid)
        stage.requests()
        const plan = `cost-${name}`
        const cpu = cpuSeconds(pid)
        const start = performance.now()
        await stage.publish({ name: plan, stages: [{ id: 's1', batchSize: '100%' }] })
        await stage.phase(plan, 'completed', 300_000)
        const took = performance.now() - start
        const writes = stage.requests().filter(isWrite).length
        const memory = peakMemory(pid)
        report({ figure: `rollout-cpu-${name}`, value: cpuSeconds(pid) - cpu, unit: 's' })
        const after = await plainLoop(stage)
        const bare = (before + after) / 2
        if (name !== '5k') {
          const must = name === '1k' ? 1.5 : Math.min(1.5, ratioAt1k * 1.05)
          if (name === '1k') ratioAt1k = took / bare
          report({ figure: `rollout-cost-${name}`, value: took / bare, unit: 'ratio', bare: bare / 1000, must })
          if (name === '10k')
            report({ figure: 'writes-per-node', value: writes / count, unit: 'writes/node', must: 1.1 })
        }
        report({
          figure: `rss-${name}`,
          value: memory,
          unit: 'bytes',
          ...(name === '10k' ? { must: 256 * MIB } : {}),
        })
      })
    }
  },
}

/** Milliseconds that the PATCHes take which activate every machine by a label of its own. */
async function plainLoop(stage: Stage): Promise<number> {
  const plan = await stage.sketch({ name: 'bare', stages: [{ id: 's1' }] })
  const list = expectSuccess(
    'listing nodes',
    await stage.cluster.request('GET', NODES, undefined, { timeoutMs: 60_000 }),
  )
  const nodes = (list as { readonly items: readonly unknown[] }).items.map(trimNode)
  const agent = new Agent({ ca: stage.cluster.ca, keepAlive: true, maxSockets: AT_ONCE })
  const authorization = `Bearer ${(await stage.operator.token()).trim()}`
  const headers = { authorization, 'content-type': 'application/merge-patch+json' }
  const place = { origin: stage.cluster.server, prefix: NODES, agent, headers }
  const at = new Date().toISOString()
  const { seconds } = await sample(nodes.length, AT_ONCE, async index => {
    const node = nodes[index]
    if (!node) return
    const patch = activationPatch(node, plan, 's1', 1, undefined, at)
    await call(place, 'PATCH', `/${node.metadata.name}`, 200, patch)
  })
  agent.destroy()
  return seconds * 1000
}
