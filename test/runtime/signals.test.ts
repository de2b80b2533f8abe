import { expect } from 'chai'
import { stopSignal } from '../../operator/runtime/signals.ts'
import type { SignalSource } from '../../operator/runtime/signals.ts'
import { quiet } from './log-lines.ts'

function fakeProcess() {
  const handlers = new Map<string, () => void>()
  const exits: number[] = []
  const source: SignalSource = {
    on: (signal, handler) => handlers.set(signal, handler),
    off: (signal, handler) => handlers.get(signal) === handler && handlers.delete(signal),
    exit: code => exits.push(code),
  }
  return { source, exits, handlers, send: (signal: string) => handlers.get(signal)?.() }
}

describe('stop signal', () => {
  for (const name of ['SIGTERM', 'SIGINT']) {
    it(`aborts at ${name}`, () => {
      const { source, send, exits } = fakeProcess()
      using stop = stopSignal(quiet, source)
      send(name)
      expect(stop.signal.reason).to.include({ code: 'stopped' })
      expect(exits).to.deep.equal([])
    })
  }

  it('ends the process at the second one', () => {
    const { source, send, exits } = fakeProcess()
    using _ = stopSignal(quiet, source)
    send('SIGTERM')
    send('SIGINT')
    expect(exits).to.deep.equal([130])
  })

  it('takes its handlers away when disposed', () => {
    const { source, handlers } = fakeProcess()
    stopSignal(quiet, source)[Symbol.dispose]()
    expect(handlers.size).to.equal(0)
  })
})
