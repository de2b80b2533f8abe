import { expect } from 'chai'
import { type Debts, debts } from './debts.ts'
import { type EventFate, type StreamedEvent, relay } from './stream.ts'

type Told = Pick<StreamedEvent, 'type' | 'object' | 'at' | 'initial'>

const event = (type: string, name: string, at: number): string =>
  JSON.stringify({ type, object: { metadata: { name, uid: `uid-${name}`, resourceVersion: String(at) } } })
const bookmark = (at: number, initialEnd = false): string => {
  const annotations = initialEnd ? { 'k8s.io/initial-events-end': 'true' } : {}
  return JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(at), annotations } } })
}

/** A watch whose events come when the test says so. */
function scene(fateOf: (told: Told) => EventFate, initial = false, owed: Debts = debts(), flushed = Promise.resolve()) {
  const gone = new AbortController()
  const queue: string[] = []
  const asked: Told[] = []
  let sent = ''
  let cut = false
  const state = { ended: false }
  let wake = () => {}
  async function* lines() {
    while (!state.ended || queue.length > 0) {
      const line = queue.shift()
      if (line !== undefined) yield line
      else await new Promise<void>(resolve => (wake = resolve))
    }
  }
  const running = relay({
    lines: lines(),
    ask: told => {
      asked.push(told)
      return fateOf(told)
    },
    passes: async () => {},
    write: async text => {
      sent += text
      await flushed
    },
    cut: () => (cut = true),
    signal: gone.signal,
    resource: 'nodes',
    keep: () => () => {},
    told: () => {},
    initial,
    debts: owed,
  })
  return {
    say: (...events: readonly string[]) => {
      queue.push(...events)
      wake()
    },
    end: async () => {
      state.ended = true
      wake()
      await running
    },
    running,
    asked,
    /** What the replica got: names and versions. */
    got: () =>
      sent
        .split('\n')
        .filter(Boolean)
        .map(line => {
          const { type, object } = JSON.parse(line)
          return type === 'ERROR'
            ? `ERROR ${object.code}`
            : `${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`
        }),
    isCut: () => cut,
  }
}

const at = (version: number, fate: EventFate) => (told: Told) =>
  told.at === version ? fate : ({ kind: 'pass' } as const)

describe('stream of a watch', () => {
  it('passes what is not disturbed, and tells what belongs to the initial state', async () => {
    const { say, end, got, asked } = scene(() => ({ kind: 'pass' }), true)
    say(event('ADDED', 'a', 1), bookmark(2, true), event('MODIFIED', 'a', 3), bookmark(4))
    await end()
    expect(got()).to.deep.equal(['a@1', '@2', 'a@3', '@4'])
    expect(asked.map(({ initial }) => initial)).to.deep.equal([true, true, false, false])
  })

  it('drops and duplicates', async () => {
    const dropped = scene(at(2, { kind: 'drop' }))
    dropped.say(event('ADDED', 'a', 1), event('MODIFIED', 'a', 2), event('MODIFIED', 'a', 3))
    await dropped.end()
    expect(dropped.got()).to.deep.equal(['a@1', 'a@3'])
    const twice = scene(at(1, { kind: 'duplicate' }))
    twice.say(event('ADDED', 'a', 1))
    await twice.end()
    expect(twice.got()).to.deep.equal(['a@1', 'a@1'])
  })

  it('holds an event and all after it, in their order, and asks for those that come meanwhile', async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>()
    const { say, end, got, asked } = scene(told => {
      if (told.at === 4) resolve()
      return at(2, { kind: 'hold', until })(told)
    })
    say(event('ADDED', 'a', 1), event('ADDED', 'b', 2), event('MODIFIED', 'a', 3))
    await new Promise(resolve => setImmediate(resolve))
    expect(asked).to.have.length(3)
    expect(got()).to.deep.equal(['a@1'])
    say(event('MODIFIED', 'b', 4))
    await end()
    expect(got()).to.deep.equal(['a@1', 'b@2', 'a@3', 'b@4'])
  })

  it('coalesces what has waited, the last of each object where it stands', async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>()
    const { say, end, got } = scene(at(1, { kind: 'hold', until, coalesce: true }))
    say(
      event('ADDED', 'a', 1),
      event('ADDED', 'b', 2),
      event('MODIFIED', 'a', 3),
      bookmark(4),
      event('MODIFIED', 'a', 5),
    )
    await new Promise(resolve => setImmediate(resolve))
    resolve()
    await end()
    expect(got()).to.deep.equal(['b@2', '@4', 'a@5'])
  })

  it('loses an event, and makes a list necessary unless another event makes up for it', async () => {
    const missed = scene(at(1, { kind: 'lose', until: Promise.resolve('missed') }))
    missed.say(event('ADDED', 'a', 1))
    await missed.running
    expect(missed.got()).to.deep.equal(['ERROR 410'])
    const overtaken = scene(at(1, { kind: 'lose', until: Promise.resolve('overtaken') }))
    overtaken.say(event('ADDED', 'a', 1), event('MODIFIED', 'a', 2))
    await overtaken.end()
    expect(overtaken.got()).to.deep.equal(['a@2'])
  })

  it('owes what it lost to the watch after it, and not what something made up for or a list shows', async () => {
    const never = new Promise<never>(() => {})
    const lost = async (fate: EventFate, then: EventFate['kind']) => {
      const owed = debts()
      const { say, running } = scene(told => (told.at === 1 ? fate : ({ kind: then } as EventFate)), false, owed)
      say(event('MODIFIED', 'a', 1), event('MODIFIED', 'b', 2))
      await running
      return owed
    }
    expect((await lost({ kind: 'lose', until: never }, 'cut')).begin(1)).to.equal(true)
    expect((await lost({ kind: 'lose', until: never }, 'cut')).begin(0)).to.equal(false)
    expect((await lost({ kind: 'lose', until: never }, 'cut')).begin('initial')).to.equal(false)
    expect((await lost({ kind: 'lose', until: never }, 'expire')).begin(1)).to.equal(false)
    const over = debts()
    const overtaken = scene(at(1, { kind: 'lose', until: Promise.resolve('overtaken') }), false, over)
    overtaken.say(event('MODIFIED', 'a', 1), event('MODIFIED', 'a', 2))
    await overtaken.end()
    expect(over.begin(2)).to.equal(false)
    const once = await lost({ kind: 'lose', until: never }, 'cut')
    expect([once.begin(1), once.begin(1)]).to.deep.equal([true, false])
  })

  it('falls silent, and cuts, and expires', async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>()
    const silent = scene(at(2, { kind: 'silence', until }))
    silent.say(event('ADDED', 'a', 1), event('MODIFIED', 'a', 2), event('MODIFIED', 'a', 3))
    await new Promise(resolve => setImmediate(resolve))
    expect([silent.got(), silent.isCut()]).to.deep.equal([['a@1'], false])
    resolve()
    await silent.running
    expect([silent.got(), silent.isCut()]).to.deep.equal([['a@1'], true])
    const broken = scene(at(1, { kind: 'cut' }))
    broken.say(event('ADDED', 'a', 1))
    await broken.running
    expect([broken.got(), broken.isCut()]).to.deep.equal([[], true])
    const flushing = Promise.withResolvers<void>()
    const full = scene(at(2, { kind: 'cut' }), false, debts(), flushing.promise)
    full.say(event('ADDED', 'a', 1), event('ADDED', 'b', 2))
    await new Promise(resolve => setImmediate(resolve))
    expect([full.got(), full.isCut()]).to.deep.equal([['a@1'], false])
    flushing.resolve()
    await full.running
    expect(full.isCut()).to.equal(true)
    const expired = scene(at(1, { kind: 'expire' }))
    expired.say(event('ADDED', 'a', 1))
    await expired.running
    expect(expired.got()).to.deep.equal(['ERROR 410'])
  })
})
