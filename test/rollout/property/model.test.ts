import fc from 'fast-check'
import { playBoth } from './play.ts'
import { replay, sequences } from './runs.ts'
import { orderly } from './scenario.ts'

describe('The rollout state machine and its model', function () {
  this.timeout(0)
  it('agree after every event, whatever happens to nodes and whatever people ask for', () => {
    fc.assert(fc.property(orderly, playBoth), { numRuns: sequences, ...replay })
  })
})
