import { expect } from 'chai'
import { importedBy, rigHash } from './tree.ts'

describe('what the results of a campaign depend on', () => {
  it('is another thing for campaigns that are made of other modules', () => {
    const hashes = ['crash-points', 'double-crash', 'mutants'].map(name => rigHash(`test/faults/campaigns/${name}.ts`))
    expect(new Set(hashes)).to.have.length(hashes.length)
  })

  it('is every module of the rig that the campaign imports, through others as well, and for types as well', () => {
    const imported = importedBy('test/faults/campaigns/crash-points.ts')
    expect(imported).to.include('test/faults/workloads/churn.ts').and.include('test/faults/rules/plan.ts')
    expect(imported).to.include('test/faults/campaign.ts').and.not.include('test/faults/failover/duel.ts')
  })
})
