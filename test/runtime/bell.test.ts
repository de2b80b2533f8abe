import { expect } from 'chai'
import { createBell } from '../../operator/runtime/bell.ts'
import { fakeClock } from './fake-clock.ts'

describe('bell', () => {
  const scene = () => {
    const clock = fakeClock()
    const bell = createBell(clock)
    const stop = new AbortController()
    let woken = 0
    const wait = (ms: number) => void bell.wait(ms, stop.signal).then(() => (woken += 1))
    return { clock, bell, stop, wait, woken: () => woken }
  }

  it('wakes who waits', async () => {
    const { clock, bell, wait, woken } = scene()
    wait(Infinity)
    await clock.advance(60_000)
    expect(woken()).to.equal(0)
    bell.ring()
    await clock.advance(0)
    expect([woken(), clock.pending()]).to.deep.equal([1, 0])
  })

  it('ends the next wait at once when it rang while nobody waited, and that one alone', async () => {
    const { clock, bell, wait, woken } = scene()
    bell.ring()
    bell.ring()
    wait(Infinity)
    await clock.advance(0)
    expect(woken()).to.equal(1)
    wait(Infinity)
    await clock.advance(60_000)
    expect(woken()).to.equal(1)
  })

  it('lets nobody wait longer than they want, nor after the end', async () => {
    const { clock, stop, wait, woken } = scene()
    wait(1_000)
    await clock.advance(999)
    expect(woken()).to.equal(0)
    await clock.advance(1)
    expect(woken()).to.equal(1)
    wait(1_000)
    stop.abort()
    await clock.advance(0)
    expect([woken(), clock.pending()]).to.deep.equal([2, 0])
  })
})
