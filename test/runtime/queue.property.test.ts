import { expect } from 'chai'
import * as fc from 'fast-check'
import { createQueue } from '../../operator/runtime/queue.ts'
import { fakeClock } from './fake-clock.ts'

type Step = {
  readonly act: 'add' | 'low' | 'delay' | 'retry' | 'take' | 'done' | 'wait'
  readonly key: string
  readonly ms: number
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('add', 'low', 'delay', 'retry', 'take', 'done', 'wait'),
  key: fc.constantFrom('a', 'b', 'c'),
  ms: fc.integer({ min: 1, max: 50 }),
})

describe('queue, whatever is done with it', () => {
  it('never hands out a key at work, and loses no key that was added after it was last taken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
        const clock = fakeClock()
        const queue = createQueue({ clock, maxDelayMs: 100 })
        const working = new Set<string>()
        const owed = new Set<string>()

        const take = async () => {
          if (queue.depth() === 0) return
          const key = (await queue.take()) ?? ''
          expect(working.has(key), `${key} handed out twice`).to.equal(false)
          working.add(key)
          owed.delete(key)
        }
        for (const { act, key, ms } of steps) {
          if (act === 'add' || act === 'low') queue.add(key, act === 'low' ? 'low' : 'normal')
          if (act === 'delay') queue.addAfter(key, ms)
          if (act === 'retry') queue.retry(key)
          if (act !== 'take' && act !== 'done' && act !== 'wait') owed.add(key)
          if (act === 'take') await take()
          if (act === 'wait') await clock.advance(ms)
          if (act === 'done' && working.delete(key)) queue.done(key)
        }
        for (const key of working) queue.done(key)
        working.clear()
        await clock.advance(1000)
        while (queue.depth() > 0) {
          await take()
          for (const key of working) queue.done(key)
          working.clear()
        }
        expect([...owed]).to.deep.equal([])
      }),
      { numRuns: 200 },
    )
  })
})
