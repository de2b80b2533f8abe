import { expect } from 'chai'
import { ApiError } from '../../operator/kube/errors.ts'
import { TerminalError, createController } from '../../operator/runtime/controller.ts'
import type { ControllerOptions, Reconcile, ReconcileOutcome } from '../../operator/runtime/controller.ts'
import { fakeClock } from './fake-clock.ts'
import { logLines } from './log-lines.ts'

function setUp(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = fakeClock()
  const { log, lines } = logLines()
  const outcomes: ReconcileOutcome[] = []
  const stop = new AbortController()
  const controller = createController({
    name: 'plans',
    reconcile,
    clock,
    log,
    random: () => 1,
    metrics: { reconciled: outcome => void outcomes.push(outcome), activeWorkers: () => {}, workers: () => {} },
    ...options,
  })
  let ended = false
  const running = controller.run(stop.signal).then(() => (ended = true))
  return { clock, lines, outcomes, stop, controller, running, ended: () => ended }
}

/** A reconcile that ends only when told to, or when its signal aborts. */
function held() {
  const calls: { readonly key: string; readonly signal: AbortSignal; finish: () => void }[] = []
  const reconcile: Reconcile = (key, signal) =>
    new Promise((resolve, reject) => {
      calls.push({ key, signal, finish: () => resolve({}) })
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  return { calls, reconcile }
}

const tooMany = (retryAfterMs: number) =>
  new ApiError('GET /x', 429, { reason: 'TooManyRequests', message: 'later' }, retryAfterMs)

describe('controller', () => {
  it('reconciles a key and leaves it alone when nothing more was asked for', async () => {
    const keys: string[] = []
    const { controller, clock, outcomes } = setUp(async key => {
      keys.push(key)
      return {}
    })
    controller.enqueue('fleet/a')
    await clock.advance(600_000)
    expect(keys).to.deep.equal(['fleet/a'])
    expect(outcomes).to.deep.equal(['success'])
  })

  it('works first on what was enqueued before it ran', async () => {
    const keys: string[] = []
    const clock = fakeClock()
    const controller = createController({
      name: 'plans',
      clock,
      log: logLines().log,
      reconcile: async key => {
        keys.push(key)
        return {}
      },
    })
    controller.enqueue('a')
    controller.enqueue('b', 'low')
    const stop = new AbortController()
    const running = controller.run(stop.signal)
    await clock.advance(0)
    stop.abort()
    await running
    expect(keys).to.deep.equal(['a', 'b'])
  })

  it('gives way to everything else that waits between two keys', async () => {
    const order: string[] = []
    const { controller, clock } = setUp(async key => {
      order.push(key)
      if (key === 'a') setImmediate(() => order.push('something else'))
      return {}
    })
    for (const key of ['a', 'b', 'c']) controller.enqueue(key)
    await clock.advance(0)
    expect(order.indexOf('something else')).to.be.lessThan(order.indexOf('c'))
  })

  it('looks again after the time it was asked to', async () => {
    let calls = 0
    const { controller, clock, outcomes } = setUp(async () => (++calls < 3 ? { requeueAfterMs: 10_000 } : {}))
    controller.enqueue('a')
    await clock.advance(9_999)
    expect(calls).to.equal(1)
    await clock.advance(1)
    expect(calls).to.equal(2)
    await clock.advance(100_000)
    expect(outcomes).to.deep.equal(['requeue_after', 'requeue_after', 'success'])
  })

  it('tries a key again after a failure, later each time, and starts afresh after a success', async () => {
    const times: number[] = []
    const { controller, clock, lines } = setUp(async () => {
      times.push(clock.monotonic())
      if (times.length < 4) throw new Error('no')
      return {}
    })
    controller.enqueue('a')
    await clock.advance(1000)
    expect(times).to.deep.equal([0, 5, 15, 35])
    expect(lines.filter(line => line.level === 'error')).to.have.length(3)
    expect(lines[0]).to.include({ controller: 'plans', key: 'a', msg: 'reconcile failed', failures: 1 })
  })

  it('waits as long as the API server asked', async () => {
    let calls = 0
    const { controller, clock } = setUp(async () => {
      if (++calls === 1) throw tooMany(7_000)
      return {}
    })
    controller.enqueue('a')
    await clock.advance(6_999)
    expect(calls).to.equal(1)
    await clock.advance(1)
    expect(calls).to.equal(2)
  })

  it('waits a minute at most, whatever was asked', async () => {
    let calls = 0
    const { controller, clock } = setUp(async () => {
      if (++calls === 1) throw tooMany(3_600_000)
      return {}
    })
    controller.enqueue('a')
    await clock.advance(59_999)
    expect(calls).to.equal(1)
    await clock.advance(1)
    expect(calls).to.equal(2)
  })

  it('does not call a conflict an error', async () => {
    let calls = 0
    const { controller, clock, lines } = setUp(async () => {
      if (++calls === 1) throw new ApiError('PUT /x', 409, { reason: 'Conflict', message: 'newer' })
      return {}
    })
    controller.enqueue('a')
    await clock.advance(1000)
    expect(calls).to.equal(2)
    expect(lines.map(line => line.level)).to.deep.equal(['info'])
  })

  it('does not retry after a terminal error, but does when something happens', async () => {
    let calls = 0
    const { controller, clock, outcomes } = setUp(async () => {
      calls += 1
      throw new TerminalError('the selector is wrong')
    })
    controller.enqueue('a')
    await clock.advance(3_600_000)
    expect(calls).to.equal(1)
    controller.enqueue('a')
    await clock.advance(0)
    expect(outcomes).to.deep.equal(['terminal_error', 'terminal_error'])
  })

  it('survives a reconcile that throws something that is no error, at once', async () => {
    let calls = 0
    const { controller, clock, outcomes } = setUp((() => {
      if (++calls === 1) throw 'oops' // oxlint-disable-line no-throw-literal
      return Promise.resolve({})
    }) as Reconcile)
    controller.enqueue('a')
    await clock.advance(100)
    expect(outcomes).to.deep.equal(['error', 'success'])
  })

  it('aborts a reconcile that takes too long, and tries it again', async () => {
    const { calls, reconcile } = held()
    const { controller, clock, outcomes } = setUp(reconcile, { timeoutMs: 60_000 })
    controller.enqueue('a')
    await clock.advance(60_000)
    expect(calls[0]?.signal.reason).to.include({ code: 'reconcile_timeout' })
    await clock.advance(5)
    expect(calls).to.have.length(2)
    expect(outcomes).to.deep.equal(['error'])
  })

  it('works on different keys at once, but never on one key twice', async () => {
    const { calls, reconcile } = held()
    const { controller, clock } = setUp(reconcile, { concurrency: 2 })
    for (const key of ['a', 'b', 'a', 'c']) controller.enqueue(key)
    await clock.advance(0)
    controller.enqueue('a')
    await clock.advance(0)
    expect(calls.map(({ key }) => key)).to.deep.equal(['a', 'b'])
    calls[1]?.finish()
    await clock.advance(0)
    expect(calls.map(({ key }) => key)).to.deep.equal(['a', 'b', 'c'])
  })

  it('stops when what is in flight has ended, and takes nothing new', async () => {
    const { calls, reconcile } = held()
    const { controller, clock, stop, ended } = setUp(reconcile)
    controller.enqueue('a')
    controller.enqueue('b')
    await clock.advance(0)
    stop.abort()
    await clock.advance(10_000)
    expect(ended()).to.equal(false)
    expect(calls[0]?.signal.aborted).to.equal(false)
    calls[0]?.finish()
    await clock.advance(0)
    expect(ended()).to.equal(true)
    expect(calls).to.have.length(1)
  })

  it('aborts what is in flight when the grace period is over', async () => {
    const { calls, reconcile } = held()
    const { controller, clock, stop, ended } = setUp(reconcile, { graceMs: 20_000 })
    controller.enqueue('a')
    await clock.advance(0)
    stop.abort()
    await clock.advance(20_000)
    expect(calls[0]?.signal.reason).to.include({ code: 'stopping' })
    expect(ended()).to.equal(true)
  })

  it('ends even when a reconcile ignores its signal', async () => {
    const { controller, clock, stop, ended, lines } = setUp(() => new Promise(() => {}), { graceMs: 20_000 })
    controller.enqueue('a')
    await clock.advance(0)
    stop.abort()
    await clock.advance(25_000)
    expect(ended()).to.equal(true)
    expect(lines.at(-1)).to.include({ msg: 'stopped with reconciles still running', active: 1 })
  })
})
