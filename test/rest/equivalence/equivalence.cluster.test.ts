import { expect } from 'chai'
import { withGround } from '../ground.ts'
import { compareAll, inWords } from './campaign.ts'

/** The campaign (`npm run equivalence`) plays 2,000, new ones each time. */
const SEQUENCES = 40

describe('REST and kubectl apply', function () {
  this.timeout(180_000)
  const ground = withGround({ nodes: 1 })

  it('leave equal plans and equal audit lines behind, whatever is asked for', async () => {
    const differences = await compareAll(ground(), SEQUENCES, 1)
    expect(differences.length, differences.slice(0, 3).map(inWords).join('\n\n')).to.equal(0)
  })
})
