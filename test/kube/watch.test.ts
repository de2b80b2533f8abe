import { expect } from 'chai'
import { isGone } from '../../operator/kube/errors.ts'
import type { HttpRequest } from '../../operator/kube/http.ts'
import { configMaps } from '../../operator/kube/resource.ts'
import type { Transport } from '../../operator/kube/transport.ts'
import { openWatch } from '../../operator/kube/watch.ts'
import type { WatchEvent, WatchOptions } from '../../operator/kube/watch.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

const object = { metadata: { name: 'a', namespace: 'fleet', uid: 'u', resourceVersion: '7' } }
const line = (type: string, content: unknown = object) => `${JSON.stringify({ type, object: content })}\n`

/** A watch over a stream that says `text` and then ends, or stays silent until its signal aborts. */
function watching(text: string, then: 'end' | 'silence' = 'end', options: Partial<WatchOptions> = {}) {
  const requests: HttpRequest[] = []
  const clock = fakeClock()
  let say = (_: string) => {}
  const transport = {
    stream: async (request: HttpRequest) => {
      requests.push(request)
      return (async function* () {
        yield Buffer.from(text)
        if (then === 'end') return
        const aborted = new Promise<never>((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)),
        )
        for (;;) yield Buffer.from(await Promise.race([aborted, new Promise<string>(resolve => (say = resolve))]))
      })()
    },
  } as unknown as Transport
  const caller = new AbortController()
  const events: WatchEvent[] = []
  const run = async (): Promise<unknown> => {
    const watch = openWatch(transport, clock, configMaps, {
      signal: caller.signal,
      from: { resourceVersion: '5' },
      timeoutSeconds: 300,
      idleMs: 90_000,
      ...options,
    })
    try {
      for await (const event of watch) events.push(event)
      return 'ended'
    } catch (error) {
      return error
    }
  }
  return { requests, clock, caller, events, run, say: (text: string) => say(text) }
}

describe('watch', () => {
  it('goes on from a version, with bookmarks and a length', async () => {
    const { requests, run } = watching('', 'end', { namespace: 'fleet', labelSelector: 'a=b' })
    await run()
    expect(requests[0]).to.include({ method: 'GET', path: '/api/v1/namespaces/fleet/configmaps' })
    expect(requests[0]?.query).to.deep.equal({
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
      labelSelector: 'a=b',
      fieldSelector: undefined,
      resourceVersion: '5',
    })
  })

  it('asks for a streaming list, at no particular version: the server must read from a quorum', async () => {
    const { requests, run } = watching('', 'end', { from: 'initial' })
    await run()
    expect(requests[0]?.query).to.include({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' })
    expect(requests[0]?.query).not.to.have.property('resourceVersion')
  })

  it('gives the events, with what the objects are', async () => {
    const end = { metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } } }
    const bookmark = { metadata: { resourceVersion: '10' } }
    const { events, run } = watching(
      line('ADDED') + line('MODIFIED') + line('BOOKMARK', end) + line('DELETED') + line('BOOKMARK', bookmark),
    )
    expect(await run()).to.equal('ended')
    const whole = { ...object, apiVersion: 'v1', kind: 'ConfigMap' }
    expect(events).to.deep.equal([
      { kind: 'added', object: whole },
      { kind: 'modified', object: whole },
      { kind: 'bookmark', resourceVersion: '9', initialEnd: true },
      { kind: 'deleted', object: whole },
      { kind: 'bookmark', resourceVersion: '10', initialEnd: false },
    ])
  })

  it('throws what an ERROR event says', async () => {
    const status = {
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old',
      details: { retryAfterSeconds: 2 },
    }
    const outcome = await watching(line('ADDED') + line('ERROR', status)).run()
    expect(outcome).to.include({ name: 'ApiError', code: 410, reason: 'Expired', retryAfterMs: 2_000 })
    expect(isGone(outcome)).to.equal(true)
  })

  for (const [title, text] of [
    ['no JSON', 'hello\n'],
    ['no object', '7\n'],
    ['an event of an unknown kind', line('SURPRISE')],
    ['an object without a version', line('ADDED', { metadata: { name: 'a', uid: 'u' } })],
    ['an event without an object', '{"type":"ADDED"}\n'],
  ]) {
    it(`throws at a line with ${title}`, async () => {
      expect(await watching(text ?? '').run()).to.include({ name: 'TransportError', code: 'bad_response' })
    })
  }

  it('throws at a line longer than any object', async () => {
    expect(await watching('x'.repeat(9_000_000)).run()).to.include({ code: 'too_large' })
  })

  it('ends a stream that says nothing for too long, whatever it said before', async () => {
    const { clock, events, run } = watching(line('ADDED'), 'silence')
    const running = run()
    await clock.advance(89_999)
    expect(events).to.have.length(1)
    await clock.advance(1)
    expect(await running).to.include({ code: 'timeout' })
    expect(clock.pending()).to.equal(0)
  })

  it('ends a stream that trickles, and never comes to the end of an event', async () => {
    const { clock, run, say } = watching(line('ADDED'), 'silence')
    const outcome = run()
    for (let seconds = 0; seconds < 90; seconds += 10) {
      await clock.advance(10_000)
      say(' ')
    }
    await clock.advance(0)
    expect(await Promise.race([outcome, 'it goes on'])).to.include({ code: 'timeout' })
  })

  it('goes on with a stream that says something often enough', async () => {
    const { clock, events, run, say } = watching(line('ADDED'), 'silence')
    void run()
    for (let time = 0; time < 10; time += 1) {
      await clock.advance(60_000)
      say(line('MODIFIED'))
    }
    await clock.advance(0)
    expect(events).to.have.length(11)
  })

  it('ends with the reason of its caller', async () => {
    const { clock, caller, run } = watching('', 'silence')
    const running = run()
    await clock.advance(0)
    caller.abort('enough')
    expect(await running).to.equal('enough')
  })

  it('leaves no timer behind when it ends', async () => {
    const { clock, run } = watching(line('ADDED'))
    await run()
    expect(clock.pending()).to.equal(0)
  })
})
