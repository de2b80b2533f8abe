import { expect } from 'chai'
import type { Client } from '../../operator/kube/client.ts'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import type { ObjectRef } from '../../operator/kube/object.ts'
import type { KubeEvent } from '../../operator/kube/resource.ts'
import { createEventRecorder } from '../../operator/runtime/events.ts'
import type { EventNote, EventOutcome } from '../../operator/runtime/events.ts'
import { fakeClock } from './fake-clock.ts'
import { quiet } from './log-lines.ts'

const plan = { apiVersion: 'fleet.example.dev/v1', kind: 'RolloutPlan', namespace: 'fleet', name: 'agent-1', uid: 'u1' }

const promoted: EventNote = {
  regarding: plan,
  type: 'Normal',
  reason: 'StagePromoted',
  action: 'Promote',
  note: 'stage-01 is done',
}

const refused = (code: number, reason: string) => new ApiError('POST /events', code, { reason, message: reason })

function setUp() {
  const clock = fakeClock()
  const stored = new Map<string, KubeEvent>()
  const outcomes: EventOutcome[] = []
  const failures: unknown[] = []
  let calls = 0
  const fail = () => {
    calls += 1
    const error = failures.shift()
    if (error !== undefined) throw error as Error
  }
  const client = {
    create: async (_: unknown, draft: KubeEvent) => {
      fail()
      if (stored.has(draft.metadata.name)) throw refused(409, 'AlreadyExists')
      stored.set(draft.metadata.name, draft)
      return draft
    },
    mergePatch: async (_: unknown, { name }: ObjectRef, patch: Partial<KubeEvent>) => {
      fail()
      const event = stored.get(name)
      if (event === undefined) throw refused(404, 'NotFound')
      stored.set(name, { ...event, ...patch })
      return event
    },
  } as unknown as Pick<Client, 'create' | 'mergePatch'>
  const options = {
    client,
    clock,
    log: quiet,
    controller: 'fleet.example.dev/promoter',
    instance: 'replica-1',
    metrics: { event: (outcome: EventOutcome) => void outcomes.push(outcome) },
  }
  const start = () => {
    const recorder = createEventRecorder(options)
    const stop = new AbortController()
    let ended = false
    const running = recorder.run(stop.signal).then(() => (ended = true))
    return { recorder, stop, running, ended: () => ended }
  }
  return { clock, stored, outcomes, failures, calls: () => calls, start }
}

describe('event recorder', () => {
  it('stores an event with everything events.k8s.io/v1 asks for', async () => {
    const { clock, stored, start } = setUp()
    start().recorder.record(promoted)
    await clock.advance(0)
    const [event] = stored.values()
    const { name, namespace } = event?.metadata ?? {}
    expect(name).to.match(/^agent-1\.[0-9a-f]{16}$/)
    expect(namespace).to.equal('fleet')
    expect(event).to.deep.include({
      eventTime: '2026-11-24T12:00:00.000000Z',
      type: 'Normal',
      reason: 'StagePromoted',
      action: 'Promote',
      note: 'stage-01 is done',
      regarding: plan,
      reportingController: 'fleet.example.dev/promoter',
      reportingInstance: 'replica-1',
    })
  })

  it('stores events about cluster-scoped objects in the default namespace', async () => {
    const { clock, stored, start } = setUp()
    start().recorder.record({ ...promoted, regarding: { apiVersion: 'v1', kind: 'Node', name: 'robot-1' } })
    await clock.advance(0)
    expect([...stored.values()][0]?.metadata.namespace).to.equal('default')
  })

  it('counts repetitions in the one event instead of storing more', async () => {
    const { clock, stored, start, calls } = setUp()
    const { recorder } = start()
    for (let time = 0; time < 10; time += 1) {
      recorder.record(promoted)
      await clock.advance(1_000)
    }
    await clock.advance(30_000)
    expect(stored.size).to.equal(1)
    expect([...stored.values()][0]?.series).to.deep.equal({
      count: 10,
      lastObservedTime: '2026-11-24T12:00:09.000000Z',
    })
    expect(calls()).to.equal(2)
  })

  it('reports counts even while other events keep coming', async () => {
    const { clock, stored, start } = setUp()
    const { recorder } = start()
    for (let time = 0; time < 10; time += 1) {
      recorder.record(promoted)
      recorder.record({ ...promoted, note: `other ${time}` })
      await clock.advance(5_000)
    }
    expect([...stored.values()].find(({ note }) => note === promoted.note)?.series?.count).to.be.at.least(6)
  })

  it('begins a new event when the same thing happens again after six minutes', async () => {
    const { clock, stored, start } = setUp()
    const { recorder } = start()
    recorder.record(promoted)
    await clock.advance(360_000)
    recorder.record(promoted)
    await clock.advance(0)
    expect(stored.size).to.equal(2)
  })

  it('begins a new event when the one it counted in has expired', async () => {
    const { clock, stored, start } = setUp()
    const { recorder } = start()
    recorder.record(promoted)
    await clock.advance(0)
    stored.clear()
    recorder.record(promoted)
    await clock.advance(30_000)
    recorder.record(promoted)
    await clock.advance(0)
    expect(stored.size).to.equal(1)
  })

  it('stores an occurrence with an id once, also across a restart', async () => {
    const { clock, stored, outcomes, start } = setUp()
    const first = start()
    first.recorder.record({ ...promoted, id: 'u1/stage-01' })
    first.recorder.record({ ...promoted, id: 'u1/stage-01', note: 'told in other words' })
    await clock.advance(0)
    const second = start()
    second.recorder.record({ ...promoted, id: 'u1/stage-01' })
    second.recorder.record({ ...promoted, id: 'u1/stage-02' })
    await clock.advance(60_000)
    expect([...stored.values()].map(({ series }) => series)).to.deep.equal([undefined, undefined])
    expect(outcomes).not.to.include('failed')
  })

  it('tries again after a failure that may pass, without storing twice', async () => {
    const { clock, stored, failures, outcomes, start } = setUp()
    failures.push(new TransportError('POST', 'timeout', 'no answer'), refused(503, 'ServiceUnavailable'))
    start().recorder.record(promoted)
    await clock.advance(5_000)
    expect(stored.size).to.equal(1)
    expect(outcomes).to.deep.equal(['stored'])
  })

  it('gives an event up after three tries, or at once when it is refused', async () => {
    for (const [code, reason, tries] of [
      [500, 'InternalError', 3],
      [403, 'Forbidden', 1],
    ] as const) {
      const { clock, failures, outcomes, calls, start } = setUp()
      for (let time = 0; time < 10; time += 1) failures.push(refused(code, reason))
      start().recorder.record(promoted)
      await clock.advance(60_000)
      expect(calls()).to.equal(tries)
      expect(outcomes).to.deep.equal(['failed'])
    }
  })

  it('lets 25 different events of one object through at once, then one every 30 s', async () => {
    const { clock, stored, start } = setUp()
    const { recorder } = start()
    for (let time = 0; time < 40; time += 1) recorder.record({ ...promoted, note: `note ${time}` })
    recorder.record({ ...promoted, regarding: { ...plan, uid: 'u2' } })
    await clock.advance(0)
    expect(stored.size).to.equal(26)
    await clock.advance(30_000)
    recorder.record({ ...promoted, note: 'later' })
    await clock.advance(0)
    expect(stored.size).to.equal(27)
  })

  it('keeps a bounded number of events while the API server is away', async () => {
    const { clock, outcomes, start } = setUp()
    const { recorder } = start()
    for (let time = 0; time < 1_100; time += 1)
      recorder.record({ ...promoted, regarding: { ...plan, uid: `u${time}` } })
    await clock.advance(0)
    expect(outcomes.filter(outcome => outcome === 'buffer_full')).to.have.length(100)
  })

  it('cuts a long note at 1,024 bytes, between characters', async () => {
    const { clock, stored, start } = setUp()
    start().recorder.record({ ...promoted, note: 'ü'.repeat(2_000) })
    await clock.advance(0)
    const { note = '' } = [...stored.values()][0] ?? {}
    expect(Buffer.byteLength(note)).to.be.within(1_000, 1_024)
    expect(note).to.match(/^ü+…$/)
  })

  it('stores what is left, counts included, when it is stopped', async () => {
    const { clock, stored, start } = setUp()
    const { recorder, stop, running } = start()
    recorder.record(promoted)
    recorder.record(promoted)
    recorder.record({ ...promoted, note: 'another' })
    stop.abort()
    await clock.advance(0)
    await running
    expect([...stored.values()].map(({ series }) => series?.count)).to.deep.equal([2, undefined])
  })

  it('does not wait longer than 5 s for that', async () => {
    const { clock, failures, start } = setUp()
    for (let time = 0; time < 10; time += 1) failures.push(new ApiError('x', 429, { reason: '', message: '' }, 60_000))
    const { recorder, stop, ended } = start()
    recorder.record(promoted)
    recorder.record({ ...promoted, note: 'another' })
    stop.abort()
    await clock.advance(4_999)
    expect(ended()).to.equal(false)
    await clock.advance(1)
    expect(ended()).to.equal(true)
  })
})
