import type { Campaign, Outcome, Run } from '../campaign.ts'
import { KINDS, randomBlow } from '../failover/blow.ts'
import { type Crew, startCrew } from '../failover/crew.ts'
import { type Duel, type DuelResult, fight } from '../failover/duel.ts'
import { random } from '../random.ts'
import { MISSED } from '../run.ts'
import { linesOf } from '../trace.ts'
import { WORKLOADS } from '../workloads/all.ts'

const RUNS_A_KIND = 100
/** Counts that change together may be written in one go or in two: a run may have some writes fewer than its reference. */
const FEWER = 2

/**
 * Two or three replicas, one of which is killed, frozen, cut off, slowed down, or given a wrong clock, at a random write of
 * a random rollout. Most of it is waiting for leases, so several control planes wait side by side.
 */
export const failOver: Campaign<Crew> = {
  name: 'fail-over',
  heads: [MISSED],
  lanes: 4,
  openLane: async () => await startCrew(),
  plan: async (seed, references) => {
    const runs: Run<Crew>[] = []
    let times = 0
    for (const replicas of [2, 3])
      for (const kind of KINDS)
        for (let number = 1; number <= RUNS_A_KIND / 2; number += 1) {
          const id = `${kind}/${replicas}/${number}`
          const draw = random(seed, id)
          const workload = draw.pick(WORKLOADS)
          const { writes, endState } = await references.of(workload)
          const at = 1 + draw.below(Math.max(1, writes.length - FEWER))
          const duel: Duel = { workload, wanted: endState, replicas, at, blow: randomBlow(kind, draw) }
          // The same run may be repeated in one cluster: mutants do that.
          const name = () => `f${kind}${replicas}x${number}x${(times += 1)}`
          runs.push({ id, carryOut: async crew => outcomeOf(await fight(crew, duel, name()), crew) })
        }
    return runs
  },
}

function outcomeOf(result: DuelResult, crew: Crew): Outcome {
  return {
    flaws: result.flaws,
    report: async () => [result.words, 'writes:', linesOf(result.trace), 'log:', await crew.log()].join('\n'),
    ...(result.struck ? {} : { counted: MISSED }),
  }
}
