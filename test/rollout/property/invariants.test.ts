import fc from 'fast-check'
import { playFaulty } from './play.ts'
import { replay, sequences } from './runs.ts'
import { disorderly } from './scenario.ts'

describe('The promises of a rollout', function () {
  this.timeout(0)
  it('hold at every write, whatever processes die, are late or see old versions', () => {
    fc.assert(fc.property(disorderly, playFaulty), { numRuns: sequences, ...replay })
  })
})
