import { expect } from 'chai'
import { after, before } from 'mocha'
import { CRASH_POINTS, type CrashPoint, crash, pass } from './fate.ts'
import { type Lane, startLane } from './lane.ts'
import { type RunResult, reportOn } from './run.ts'
import { recovered } from './workloads/recovered.ts'
import { rolledBack } from './workloads/rolled-back.ts'
import type { Workload } from './workload.ts'

/** Two of everything: with one core each, the runs of a workload take half the time. */
const LANES = 2
/** Counts that change together may be written in one go or in two, so a run may have a few writes fewer than the reference. */
const FEWER = 4

const SENTENCES: Readonly<Record<CrashPoint, string>> = {
  before: 'before a write was sent',
  committed: 'after a write was committed, before its answer came',
  answered: 'after the answer to a write',
}

for (const workload of [recovered, rolledBack]) {
  describe(`operator killed in the rollout "${workload.name}"`, () => {
    let lanes: readonly Lane[] = []
    let reference: RunResult
    let writes = 0

    before(async function () {
      this.timeout(120_000)
      lanes = await Promise.all(Array.from({ length: LANES }, (_, index) => startLane(`lane${index}x`)))
      reference = await lanes[0]!.run(workload, pass)
      writes = reference.trace.filter(write => write.class === 'write').length
    })

    after(async function () {
      this.timeout(60_000)
      await Promise.all(lanes.map(lane => lane.stop()))
    })

    it('has a reference to be held against: undisturbed, and without a flaw', () => {
      expect(reference.flaws).to.deep.equal([])
      expect(writes).to.be.greaterThan(8)
    })

    for (const point of CRASH_POINTS)
      it(`ends as if nothing had happened, wherever it is killed ${SENTENCES[point]}`, async function () {
        this.timeout(300_000)
        const { reports, crashes } = await killedEverywhere(lanes, workload, reference, writes, point)
        expect(reports.join('\n\n'), 'runs that went wrong').to.equal('')
        expect(crashes, 'writes at which it was killed').to.be.at.least(writes - FEWER)
      })

    it('writes nothing about rollouts that have ended', () => {
      expect(lanes.flatMap(lane => lane.strangers())).to.deep.equal([])
    })
  })
}

/** One run for each write, shared out among the lanes. */
async function killedEverywhere(
  lanes: readonly Lane[],
  workload: Workload,
  reference: RunResult,
  writes: number,
  point: CrashPoint,
): Promise<{ readonly reports: readonly string[]; readonly crashes: number }> {
  const reports: string[] = []
  let crashes = 0
  let next = 1
  const take = async (lane: Lane): Promise<void> => {
    for (let number = next++; number <= writes; number = next++) {
      const result = await lane.run(workload, crash(number, point), reference.endState)
      if (result.crashed) crashes += 1
      if (result.flaws.length === 0) continue
      const title = `${workload.name}, killed at write ${number}, ${point}`
      reports.push(
        reportOn(title, `crash(${number}, '${point}') of workload ${workload.name}`, result, await lane.log()),
      )
    }
  }
  await Promise.all(lanes.map(take))
  return { reports, crashes }
}
