import { expect } from 'chai'
import { REPEAT_WINDOW } from '../../../operator/rest/recovery/repeat.ts'
import { world } from './world.ts'

describe('the same words said again', () => {
  for (const [strategy, afterMs, replayed] of [
    ['skip_failed', 0, true],
    ['skip_failed', REPEAT_WINDOW - 1_000, true],
    ['skip_failed', REPEAT_WINDOW, true],
    ['skip_failed', REPEAT_WINDOW + 1_000, false],
    ['retry', REPEAT_WINDOW - 1_000, true],
    ['retry', REPEAT_WINDOW + 1_000, false],
    ['approve', REPEAT_WINDOW + 1_000, false],
    ['gate-report', 100 * REPEAT_WINDOW, true],
  ] as const)
    it(`${afterMs / 1_000} s after ${strategy} took effect are ${replayed ? 'a repeat' : 'a new wish'}`, async () => {
      const { clock, stored, ask } = world()
      const first = await ask(strategy)
      await clock.advance(afterMs)
      const second = await ask(strategy)
      expect(second.replayed).to.equal(replayed)
      expect(second.recovery.metadata.name === first.recovery.metadata.name).to.equal(replayed)
      expect(stored.size).to.equal(replayed ? 1 : 2)
    })

  it('a third time are a repeat of the second, which was a new wish', async () => {
    const { clock, stored, ask } = world()
    await ask('skip_failed')
    await clock.advance(REPEAT_WINDOW + 1_000)
    const second = await ask('skip_failed')
    await clock.advance(60_000)
    const third = await ask('skip_failed')
    expect(third).to.deep.equal({ recovery: second.recovery, replayed: true })
    expect(stored.size).to.equal(2)
  })

  it('by twenty at once are one wish', async () => {
    const { stored, ask } = world()
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await ask('skip_failed')))
    expect(answers.filter(({ replayed }) => !replayed)).to.have.length(1)
    expect(stored.size).to.equal(1)
  })
})
