import { expect } from 'chai'
import * as fc from 'fast-check'
import { serverClock, systemClock } from '../../operator/runtime/clock.ts'
import { fakeClock } from './fake-clock.ts'

describe('systemClock', () => {
  const clock = systemClock()

  it('does not fire a timer at once that is longer than Node can count', async () => {
    let fired = false
    const cancel = clock.timer(2 ** 31 + 1000, () => (fired = true))
    await clock.sleep(20, new AbortController().signal)
    cancel()
    expect(fired).to.equal(false)
  })

  it('fires a timer when its time has come, and not before', async () => {
    const since = clock.monotonic()
    await clock.sleep(15, new AbortController().signal)
    // Node counts whole milliseconds from the beginning of the turn, so a timer may be up to one early.
    expect(clock.monotonic() - since).to.be.at.least(14)
  })

  it('does not fire a cancelled timer', async () => {
    let fired = false
    clock.timer(1, () => (fired = true))()
    await clock.sleep(10, new AbortController().signal)
    expect(fired).to.equal(false)
  })

  it('ends a sleep with the reason of its signal', async () => {
    const controller = new AbortController()
    const sleeping = clock.sleep(60_000, controller.signal).catch((error: unknown) => error)
    controller.abort('enough')
    expect(await sleeping).to.equal('enough')
    expect(await clock.sleep(60_000, controller.signal).catch((error: unknown) => error)).to.equal('enough')
  })
})

describe('serverClock', () => {
  /** A request answered after `tripMs`, by a server that writes its answer after `serverMs` of it. */
  const exchange = async (clock: ReturnType<typeof fakeClock>, skewMs: number, tripMs = 10, serverMs = 5) => {
    const sentAt = clock.monotonic()
    await clock.advance(serverMs)
    const date = Math.floor((clock.now() + skewMs) / 1000) * 1000
    await clock.advance(tripMs - serverMs)
    return { sentAt, receivedAt: clock.monotonic(), date }
  }

  it('is the local clock until something was observed', () => {
    const base = fakeClock()
    const clock = serverClock(base)
    base.step(5_000)
    expect(clock.now()).to.equal(base.now())
    expect(clock.skew()).to.equal(0)
  })

  it('follows a server whose clock is an hour ahead', async () => {
    const base = fakeClock()
    const clock = serverClock(base)
    for (let request = 0; request < 20; request += 1) {
      clock.observe(await exchange(base, 3_600_000))
      await base.advance(137)
    }
    expect(clock.skew()).to.be.closeTo(3_600_000, 150)
  })

  it('is within a second and a round trip of the truth after one observation', async () => {
    const base = fakeClock()
    const clock = serverClock(base)
    clock.observe(await exchange(base, -3_600_000, 40))
    expect(clock.skew()).to.be.closeTo(-3_600_000, 1040)
  })

  it('is not moved by a step of the local wall clock', async () => {
    const base = fakeClock()
    const clock = serverClock(base)
    clock.observe(await exchange(base, 0))
    const before = clock.now()
    base.step(7_200_000)
    expect(clock.now()).to.equal(before)
  })

  it('ignores a date that cannot be read', () => {
    const base = fakeClock()
    const clock = serverClock(base)
    clock.observe({ sentAt: 0, receivedAt: 1, date: Number.NaN })
    expect(clock.now()).to.equal(base.now())
  })

  it('never leaves the interval that the last answer allows, whatever the server and the trips were', async () => {
    const step = fc.record({
      skew: fc.integer({ min: -5_000_000, max: 5_000_000 }),
      trip: fc.integer({ min: 0, max: 20_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async steps => {
        const base = fakeClock()
        const clock = serverClock(base)
        for (const { skew, trip, share } of steps) {
          clock.observe(await exchange(base, skew, trip, trip * share))
          // The truth lies in an interval one second and one trip wide, and so does the estimate.
          expect(Math.abs(clock.skew() - skew)).to.be.at.most(1000 + trip)
        }
      }),
      { numRuns: 100 },
    )
  })
})
