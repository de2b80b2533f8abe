import { expect } from 'chai'
import { createEvaluator } from '../../operator/evaluator/evaluator.ts'
import type { Look, Subject } from '../../operator/evaluator/source.ts'
import type { Ask } from '../../operator/rollout/gates/reading.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { moment } from '../../operator/rollout/time.ts'
import { abortable } from '../../operator/runtime/abort.ts'
import { createLog } from '../../operator/runtime/log.ts'
import { plan as aPlan } from '../rollout/build.ts'
import { type FakeClock, fakeClock } from '../runtime/fake-clock.ts'

const log = createLog({ level: 'silent' })
const KEY = 'fleet/agent-1-4-2'

/** A source of which a test decides when each look ends, and an evaluator on a clock that stands still. */
function scene(clock = fakeClock()) {
  const stop = new AbortController()
  const looks: {
    readonly subject: Subject
    readonly at: number
    readonly signal: AbortSignal
    readonly end: (look: Look) => void
  }[] = []
  const woken: string[] = []
  let closed = 0
  const abandoned: string[] = []
  const look = (subject: Subject, at: number, signal: AbortSignal): Promise<Look> => {
    const { promise, resolve } = Promise.withResolvers<Look>()
    looks.push({ subject, at, signal, end: resolve })
    return abortable(promise, signal)
  }
  const evaluator = createEvaluator({
    sources: {
      metric: {
        destination: ({ plan }) => plan.name,
        look,
        abandon: ({ ask }) => Promise.resolve(void abandoned.push(ask.name)),
        close: () => Promise.resolve(void (closed += 1)),
      },
    },
    clock,
    log,
    wake: key => void woken.push(key),
    signal: stop.signal,
    random: () => 0.5,
  })
  return { clock, stop, looks, woken, abandoned, evaluator, closed: () => closed }
}

const ask = (clock: FakeClock, parts: Partial<Ask> = {}): Ask => ({
  stage: 'stage-01',
  name: 'errors',
  gate: { kind: 'metric', name: 'errors', intervalSeconds: 10 },
  nodes: ['n1'],
  openedAt: 0,
  after: 0,
  due: clock.now(),
  ...parts,
})

const good = (at: number): Look => ({ reading: { at, verdict: 'good', value: '1' } })
const plan = aPlan()

describe('the evaluator', () => {
  it('looks at what it is asked for, spread over some seconds at first, and wakes the plan', async () => {
    const { clock, looks, woken, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(2_499)
    expect(looks).to.have.length(0)
    await clock.advance(1)
    expect(looks).to.have.length(1)
    expect(looks[0]?.at).to.equal(clock.now())
    expect(woken).to.deep.equal([])
    looks[0]?.end(good(clock.now()))
    await clock.advance(0)
    expect(woken).to.deep.equal([KEY])
    expect(evaluator.readingsOf(plan).get('stage-01/errors')).to.deep.equal([good(clock.now()).reading])
  })

  it('reads at whole milliseconds, so that a reading is not later than the record of itself, and counted twice', async () => {
    const { clock, looks, evaluator } = scene(fakeClock(Date.parse('2026-11-24T12:00:00.000Z') + 0.7))
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(2_500)
    expect(looks[0]?.at).to.equal(Math.floor(clock.now()))
    looks[0]?.end(good(looks[0].at))
    await clock.advance(0)
    const gates = [
      {
        name: 'errors',
        kind: 'metric',
        state: 'passed',
        since: '2026-11-24T12:00:02Z',
        evidence: { readAt: moment(clock.now()), verdict: 'good', good: 1, bad: 0 },
      },
    ] as const
    const written = { ...plan, status: { ...plan.status, stages: [{ id: 'stage-01', phase: 'open', gates }] } } as const
    expect(evaluator.readingsOf(written).get('stage-01/errors')).to.deep.equal([])
  })

  it('looks again when it is due, exactly then, and not before it is asked', async () => {
    const { clock, looks, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(2_500)
    looks[0]?.end(good(clock.now()))
    await clock.advance(60_000)
    expect(looks).to.have.length(1)
    evaluator.follow(KEY, plan, [ask(clock, { due: clock.now() + 4_000 })])
    await clock.advance(3_999)
    expect(looks).to.have.length(1)
    await clock.advance(1)
    expect(looks).to.have.length(2)
  })

  it('does not look twice at a time, however often it is asked', async () => {
    const { clock, looks, evaluator } = scene()
    for (let count = 0; count < 5; count += 1) {
      evaluator.follow(KEY, plan, [ask(clock, { due: clock.now() + count })])
      await clock.advance(5_000)
    }
    expect(looks).to.have.length(1)
  })

  it('cancels what is no longer asked for, and forgets what it read', async () => {
    const { clock, looks, woken, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock), ask(clock, { name: 'latency' })])
    await clock.advance(5_000)
    looks[0]?.end(good(clock.now()))
    await clock.advance(0)
    evaluator.follow(KEY, plan, [])
    await clock.advance(0)
    expect(looks.map(({ signal }) => signal.aborted)).to.deep.equal([true, true])
    expect(evaluator.readingsOf(plan).size).to.equal(0)
    expect(clock.pending()).to.equal(0)
    expect(woken).to.deep.equal([KEY])
  })

  it('cancels what a plan asked for that was deleted, or replaced by another of its name', async () => {
    const { clock, looks, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(5_000)
    evaluator.follow(KEY, aPlan({ uid: 'another' }), [ask(clock)])
    await clock.advance(5_000)
    expect(looks.map(({ signal, subject }) => [subject.plan.uid, signal.aborted])).to.deep.equal([
      [plan.metadata.uid, true],
      ['another', false],
    ])
    evaluator.follow(KEY, undefined, [])
    expect(looks[1]?.signal.aborted).to.equal(true)
  })

  it('keeps a reading until the status of the plan covers it', async () => {
    const { clock, looks, evaluator } = scene()
    const due = ask(clock)
    evaluator.follow(KEY, plan, [due])
    await clock.advance(2_500)
    const first = clock.now()
    looks[0]?.end(good(first))
    await clock.advance(0)
    expect(evaluator.readingsOf(withReading(first - 1)).get('stage-01/errors')).to.have.length(1)
    expect(evaluator.readingsOf(withReading(first)).get('stage-01/errors')).to.deep.equal([])
  })

  it('lets a provider that hangs hold up nobody else', async () => {
    const { clock, looks, woken, evaluator } = scene()
    const plans = Array.from({ length: 40 }, (_, index) => aPlan({ name: `p${index}` }))
    for (const one of plans) evaluator.follow(`fleet/${one.metadata.name}`, one, [ask(clock)])
    await clock.advance(2_500)
    expect(looks, 'destinations that nobody knows yet share some places').to.have.length(16)
    for (let ended = 0; ended < 40; ended += 1) {
      looks[ended]?.end(good(clock.now()))
      await clock.advance(0)
    }
    expect(woken).to.have.length(40)
    for (const one of plans) evaluator.follow(`fleet/${one.metadata.name}`, one, [ask(clock, { due: clock.now() })])
    await clock.advance(0)
    expect(looks.slice(40), 'the others have answered, and have places of their own').to.have.length(32)
  })

  it('leaves whoever asks for it alone for that time', async () => {
    const { clock, looks, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(2_500)
    looks[0]?.end({ ...good(clock.now()), retryAfterMs: 30_000 })
    await clock.advance(0)
    evaluator.follow(KEY, plan, [ask(clock, { due: clock.now() + 10_000 })])
    await clock.advance(29_999)
    expect(looks).to.have.length(1)
    await clock.advance(1)
    expect(looks).to.have.length(2)
  })

  it('goes on by itself with a look that is not over, and tells the plan only what is new', async () => {
    const { clock, looks, woken, evaluator } = scene()
    const pending = (trouble: string): Look => ({
      reading: { at: clock.now(), verdict: 'unknown', trouble, pending: true },
      retryAfterMs: 3_000,
    })
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(2_500)
    looks[0]?.end(pending('runs'))
    await clock.advance(2_999)
    expect([looks.length, woken.length]).to.deep.equal([1, 1])
    expect(evaluator.readingsOf(plan).get('stage-01/errors')).to.deep.equal([
      { at: clock.now() - 2_999, verdict: 'unknown', trouble: 'runs', pending: true },
    ])
    await clock.advance(1)
    looks[1]?.end(pending('runs'))
    await clock.advance(3_000)
    expect([looks.length, woken.length]).to.deep.equal([3, 1])
    looks[2]?.end(good(clock.now()))
    await clock.advance(60_000)
    expect([looks.length, woken.length]).to.deep.equal([3, 2])
    expect(evaluator.readingsOf(plan).get('stage-01/errors')).to.have.length(1)
  })

  it('has a source end what nobody asks for any more, and leaves to the next leader what somebody does', async () => {
    const { clock, stop, abandoned, evaluator } = scene()
    evaluator.follow(KEY, plan, [ask(clock), ask(clock, { name: 'latency' })])
    evaluator.follow(KEY, plan, [ask(clock)])
    expect(abandoned).to.deep.equal(['latency'])
    stop.abort(new Error('no longer leading'))
    await evaluator.done()
    expect(abandoned).to.deep.equal(['latency'])
  })

  it('tells a fault of its own as not knowing', async () => {
    const clock = fakeClock()
    const evaluator = createEvaluator({
      sources: {
        metric: {
          destination: () => '',
          look: () => Promise.reject(new Error('a bug')),
          close: () => Promise.resolve(),
        },
      },
      clock,
      log,
      wake: () => {},
      signal: new AbortController().signal,
    })
    evaluator.follow(KEY, plan, [ask(clock)])
    await clock.advance(5_000)
    expect(evaluator.readingsOf(plan).get('stage-01/errors')?.[0]).to.include({ verdict: 'unknown' })
  })

  it('ends with the process that leads: nothing in flight, nothing to come', async () => {
    const { clock, stop, looks, evaluator, closed } = scene()
    evaluator.follow(KEY, plan, [ask(clock), ask(clock, { name: 'latency' })])
    await clock.advance(2_500)
    stop.abort(new Error('no longer leading'))
    await evaluator.done()
    expect(looks.every(({ signal }) => signal.aborted)).to.equal(true)
    expect([closed(), clock.pending()]).to.deep.equal([1, 0])
    evaluator.follow(KEY, plan, [ask(clock)])
    expect(clock.pending()).to.equal(0)
  })
})

/** The plan with a status that covers readings until then. */
function withReading(at: number): RolloutPlan {
  const evidence = { readAt: new Date(at).toISOString(), verdict: 'good', good: 1, bad: 0 } as const
  const gate = { name: 'errors', kind: 'metric', state: 'unknown', since: '2026-03-18T08:00:00Z', evidence } as const
  return { ...plan, status: { phase: 'active', stages: [{ id: 'stage-01', phase: 'open', gates: [gate] }] } }
}
