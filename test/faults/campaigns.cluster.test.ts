import { expect } from 'chai'
import { after, before } from 'mocha'
import { CAMPAIGNS } from './campaigns/all.ts'
import { type References, createReferences } from './reference.ts'

/** So many runs of each campaign, on so many lanes: the whole of them takes hours (`npm run faults`). */
const SUBSET: Readonly<Record<string, { readonly size: number; readonly lanes: number }>> = {
  reference: { size: 21, lanes: 2 },
  'crash-points': { size: 48, lanes: 2 },
  'double-crash': { size: 12, lanes: 1 },
  stale: { size: 12, lanes: 1 },
  unobserved: { size: 12, lanes: 1 },
  'fault-matrix': { size: 24, lanes: 1 },
  'fault-soup': { size: 32, lanes: 8 },
  'fail-over': { size: 12, lanes: 2 },
}
const SEED = 1

describe('operator under faults', () => {
  let references: References

  before(() => {
    references = createReferences()
  })

  after(async () => await references.close())

  for (const { name, conduct } of CAMPAIGNS) {
    const part = SUBSET[name]
    if (part === undefined) continue
    it(`withstands ${part.size} runs of the campaign ${name}`, async function () {
      this.timeout(600_000)
      const reports: string[] = []
      const violated = (report: string) => void reports.push(report)
      const tally = await conduct({ ...part, seed: SEED, references, fresh: true, progress: () => {}, violated })
      expect(reports.join('\n'), 'violations').to.equal('')
      expect(tally.runs).to.equal(part.size)
    })
  }
})
