import { expect } from 'chai'
import { type Campaign, type Outcome, type Run, spread } from './campaign.ts'
import { conductor } from './conduct.ts'
import type { References } from './reference.ts'

/** What a lane of these campaigns is asked to do. */
type Toy = { carryOut(id: string): Outcome }

const fine: Outcome = { flaws: [], report: async () => '' }

const references: References = {
  of: () => Promise.reject(new Error('no workload has a part in this')),
  close: async () => {},
}

/** @param outcomeOf  throws where the rig is to break */
function toys(ids: readonly string[], outcomeOf: (id: string) => Outcome = () => fine) {
  const opened: string[] = []
  const carriedOut: string[] = []
  const campaign: Campaign<Toy> = {
    name: 'toys',
    plan: async () => ids.map((id): Run<Toy> => ({ id, carryOut: async lane => lane.carryOut(id) })),
    openLane: async name => {
      opened.push(name)
      return {
        carryOut: id => {
          carriedOut.push(id)
          return outcomeOf(id)
        },
        stop: async () => {},
      }
    },
  }
  const reports: string[] = []
  const conduct = async (more: { readonly size?: number; readonly only?: string } = {}) =>
    await conductor(campaign).conduct({
      seed: 7,
      lanes: 1,
      references,
      fresh: true,
      progress: () => {},
      violated: report => void reports.push(report),
      ...more,
    })
  return { campaign, conduct, opened, carriedOut, reports }
}

describe('conductor of a campaign', () => {
  it('says when too few runs have come out as they are to', async () => {
    const { campaign } = toys([])
    const { shortfalls } = conductor({ ...campaign, heads: ['killed'], least: { killed: 2 } })
    const line = { campaign: 'toys', runs: 3, violations: 0, seconds: 1, seed: 7 }
    expect(shortfalls({ ...line, killed: 2 })).to.deep.equal([])
    expect(shortfalls({ ...line, killed: 1 })).to.deep.equal(['toys: 1 killed, not 2'])
  })

  it('carries every run out once, and counts them', async () => {
    const { conduct, carriedOut } = toys(['a', 'b', 'c'])
    const { seconds: _, ...tally } = await conduct()
    expect(carriedOut).to.deep.equal(['a', 'b', 'c'])
    expect(tally).to.deep.equal({ campaign: 'toys', runs: 3, violations: 0, seed: 7 })
  })

  it('reports a violation with the line that repeats it, and goes on with a new lane', async () => {
    const bad: Outcome = { flaws: ['it broke'], report: async () => 'all writes' }
    const { conduct, opened, reports } = toys(['a', 'b', 'c'], id => (id === 'b' ? bad : fine))
    const { runs, violations } = await conduct()
    expect({ runs, violations }).to.deep.equal({ runs: 3, violations: 1 })
    expect(opened).to.have.length(2)
    expect(reports.join()).to.include('it broke').and.include('all writes')
    expect(reports.join()).to.include('npm run faults -- toys --seed 7 --only b')
  })

  it('counts a run in which the rig breaks as a violation', async () => {
    const { conduct, reports } = toys(['a'], () => {
      throw new Error('no cluster')
    })
    expect((await conduct()).violations).to.equal(1)
    expect(reports.join()).to.include('no cluster')
  })

  it('takes some runs from all over the campaign, or one', async () => {
    const { conduct, carriedOut } = toys(['a', 'b', 'c', 'd'])
    await conduct({ size: 2 })
    await conduct({ only: 'd' })
    expect(carriedOut).to.deep.equal(['a', 'c', 'd'])
  })

  it('refuses a run that it does not have', async () => {
    const error: unknown = await toys(['a'])
      .conduct({ only: 'z' })
      .catch((error: unknown) => error)
    expect(error).to.be.an('error').with.property('message').that.includes('no run z')
  })

  it('adds up what runs are counted as besides', async () => {
    const { conduct } = toys(['a', 'b', 'c'], id => ({ ...fine, counted: id === 'c' ? 'survived' : 'killed' }))
    expect(await conduct()).to.include({ killed: 2, survived: 1 })
  })
})

describe('spread', () => {
  it('takes all where that many are not there', () => {
    expect(spread([1, 2], 5)).to.deep.equal([1, 2])
  })
})
