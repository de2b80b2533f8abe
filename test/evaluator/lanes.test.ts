import { expect } from 'chai'
import { createLanes } from '../../operator/evaluator/lanes.ts'

const forEver = new AbortController().signal

/** Whether something has settled once everything that can go on has. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(
    () => (done = true),
    () => (done = true),
  )
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  return done
}

describe('lanes of the evaluator', () => {
  it('let a destination that has not answered yet have one look at a time, and several once it has', async () => {
    const lanes = createLanes()
    const leave = await lanes.enter('a', forEver)
    const second = lanes.enter('a', forEver)
    expect(await isDone(second)).to.equal(false)
    leave(true)
    await second
    await lanes.enter('a', forEver)
    expect(lanes.inFlight()).to.deep.equal({ prompt: 2, slow: 0 })
  })

  it('bound what one destination takes, and all together', async () => {
    const lanes = createLanes({ prompt: { places: 3, each: 2 } })
    for (const known of ['a', 'b', 'c']) (await lanes.enter(known, forEver))(true)
    const [first] = [await lanes.enter('a', forEver), await lanes.enter('a', forEver)]
    const third = lanes.enter('a', forEver)
    expect(await isDone(third)).to.equal(false)
    await lanes.enter('b', forEver)
    const full = lanes.enter('c', forEver)
    expect(await isDone(full)).to.equal(false)
    first(true)
    expect([await isDone(third), await isDone(full)]).to.deep.equal([true, false])
  })

  it('give who hangs the slow lane, where it waits for its like and nobody else does', async () => {
    const lanes = createLanes({ slow: { places: 2, each: 1 } })
    for (const known of ['good', 'x', 'y', 'z']) (await lanes.enter(known, forEver))(true)
    for (const hanging of ['x', 'y', 'z']) (await lanes.enter(hanging, forEver))(false)
    await Promise.all([lanes.enter('x', forEver), lanes.enter('y', forEver)])
    expect(await isDone(lanes.enter('z', forEver))).to.equal(false)
    for (let count = 0; count < 8; count += 1) await lanes.enter('good', forEver)
    expect(lanes.inFlight()).to.deep.equal({ prompt: 8, slow: 2 })
  })

  it('take an answer in time as amends', async () => {
    const lanes = createLanes()
    ;(await lanes.enter('a', forEver))(false)
    ;(await lanes.enter('a', forEver))(true)
    await Promise.all([lanes.enter('a', forEver), lanes.enter('a', forEver)])
    expect(lanes.inFlight().prompt).to.equal(2)
  })

  it('let go of who waits no longer', async () => {
    const lanes = createLanes()
    const leave = await lanes.enter('a', forEver)
    const stop = new AbortController()
    const waiting = lanes.enter('a', stop.signal)
    stop.abort(new Error('no longer'))
    const failure = await waiting.catch((error: unknown) => error)
    expect(String(failure)).to.include('no longer')
    leave(false)
    await lanes.enter('a', forEver)
    expect(lanes.inFlight()).to.deep.equal({ prompt: 0, slow: 1 })
  })
})
