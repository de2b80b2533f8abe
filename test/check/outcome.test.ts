import { expect } from 'chai'
import { type Outcome, settle } from '../../operator/check/outcome.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

const NOT_YET: Outcome = { kind: 'failed', says: 'not yet', final: false }
const NEVER: Outcome = { kind: 'failed', says: 'never', final: true }
const GOOD: Outcome = { kind: 'passed', says: 'good' }

describe('a check', () => {
  /** Tries that end as given, the last again and again; how long each might take is noted. */
  const scripted = (...outcomes: readonly Outcome[]) => {
    const bounds: number[] = []
    const check = {
      name: 'scripted',
      try: async (_: AbortSignal, withinMs: number) => {
        bounds.push(withinMs)
        return outcomes[Math.min(bounds.length, outcomes.length) - 1] ?? NEVER
      },
    }
    return { bounds, check }
  }
  const { signal } = new AbortController()

  it('is tried every second until it passes', async () => {
    const clock = fakeClock()
    const { check, bounds } = scripted(NOT_YET, NOT_YET, GOOD)
    const settled = settle(check, clock, 60_000, signal)
    await clock.advance(2_000)
    expect(await settled).to.equal(GOOD)
    expect(bounds).to.deep.equal([10_000, 10_000, 10_000])
  })

  it('fails with what it said last when time is up, and the last try ends about then, too', async () => {
    const clock = fakeClock()
    const { check, bounds } = scripted(NOT_YET)
    const settled = settle(check, clock, 2_500, signal)
    await clock.advance(2_500)
    expect(await settled).to.equal(NOT_YET)
    expect(bounds).to.deep.equal([2_500, 1_500, 1_000, 1_000])
  })

  it('is not tried again when that could not help', async () => {
    const { check, bounds } = scripted(NEVER, GOOD)
    expect(await settle(check, fakeClock(), 60_000, signal)).to.equal(NEVER)
    expect(bounds).to.have.length(1)
  })

  it('ends when the caller gives up', async () => {
    const caller = new AbortController()
    const clock = fakeClock()
    const settled = settle(scripted(NOT_YET).check, clock, 60_000, caller.signal)
    await clock.advance(0)
    caller.abort(new Error('enough'))
    const reason: unknown = await settled.catch((error: unknown) => error)
    expect(reason).to.be.an('error').with.property('message', 'enough')
  })
})
