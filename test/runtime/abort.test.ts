import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { abortable, linkAbort, whenAborted } from '../../operator/runtime/abort.ts'

describe('linkAbort', () => {
  it('aborts with its parent and with its reason, at once if that has aborted', () => {
    const parent = new AbortController()
    using early = linkAbort(parent.signal)
    parent.abort('enough')
    using late = linkAbort(parent.signal)
    expect([early.signal.reason, late.signal.reason]).to.deep.equal(['enough', 'enough'])
  })

  it('leaves its parent alone', () => {
    const parent = new AbortController()
    using linked = linkAbort(parent.signal)
    linked.abort('own')
    expect([linked.signal.reason, parent.signal.aborted]).to.deep.equal(['own', false])
  })
})

describe('signals that live long', () => {
  it('carry nothing of what is over', async () => {
    const { signal } = new AbortController()
    for (let time = 0; time < 100; time += 1) {
      linkAbort(signal)[Symbol.dispose]()
      await abortable(Promise.resolve(), signal)
      await abortable(Promise.reject(new Error('no')), signal).catch(() => {})
    }
    expect(getEventListeners(signal, 'abort')).to.have.length(0)
  })
})

describe('abortable', () => {
  it('settles as the promise does, or with the reason of the signal', async () => {
    const controller = new AbortController()
    const outcome = (promise: Promise<unknown>) =>
      abortable(promise, controller.signal).catch((error: unknown) => error)
    expect(await outcome(Promise.resolve(1))).to.equal(1)
    expect(await outcome(Promise.reject(new Error('no')))).to.have.property('message', 'no')
    const waiting = outcome(new Promise(() => {}))
    controller.abort('enough')
    expect(await waiting).to.equal('enough')
    expect(await outcome(new Promise(() => {}))).to.equal('enough')
  })
})

describe('whenAborted', () => {
  it('resolves then, or at once', async () => {
    const controller = new AbortController()
    const waiting = whenAborted(controller.signal)
    controller.abort()
    await waiting
    await whenAborted(controller.signal)
  })
})
