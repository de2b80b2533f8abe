import { expect } from 'chai'
import { runTogether } from '../../operator/runtime/group.ts'
import type { Task } from '../../operator/runtime/group.ts'

/** Runs until its signal aborts, and notes that it ended. */
const patient =
  (ended: string[], name: string): Task =>
  signal =>
    new Promise(resolve => {
      const end = () => {
        ended.push(name)
        resolve()
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    })

describe('runTogether', () => {
  it('ends every task when its signal aborts', async () => {
    const ended: string[] = []
    const stop = new AbortController()
    const running = runTogether(stop.signal, [patient(ended, 'a'), patient(ended, 'b')])
    stop.abort()
    await running
    expect(ended).to.deep.equal(['a', 'b'])
  })

  it('ends the others when one fails, waits for them, and rejects with the first failure', async () => {
    const ended: string[] = []
    const failing: Task = () => Promise.reject(new Error('first'))
    const sore: Task = async signal => {
      await patient(ended, 'sore')(signal)
      throw new Error('second')
    }
    const outcome = await runTogether(new AbortController().signal, [patient(ended, 'a'), failing, sore]).catch(
      (error: unknown) => error,
    )
    expect(outcome).to.have.property('message', 'first')
    expect(ended).to.have.members(['a', 'sore'])
  })

  it('goes on when one ends early', async () => {
    const ended: string[] = []
    const stop = new AbortController()
    const running = runTogether(stop.signal, [async () => {}, patient(ended, 'a')])
    await new Promise(setImmediate)
    expect(ended).to.deep.equal([])
    stop.abort()
    await running
  })

  it('ends at once when its signal has already aborted', async () => {
    const ended: string[] = []
    await runTogether(AbortSignal.abort(), [patient(ended, 'a')])
    expect(ended).to.deep.equal(['a'])
  })
})
