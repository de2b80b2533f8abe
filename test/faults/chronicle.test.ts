import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { until } from '../cluster/wait.ts'
import { startChronicle } from './chronicle.ts'
import type { Upstream } from './upstream.ts'

const event = (type: string, name: string, at: number) => {
  const metadata = { name, uid: name, resourceVersion: String(at) }
  return `${JSON.stringify({ type, object: { kind: 'Node', apiVersion: 'v1', metadata } })}\n`
}
const initialEnd = `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Node', apiVersion: 'v1', metadata: { resourceVersion: '5' } } })}\n`

/** A collection with `a` and `b` at version 5, recorded. */
async function recorded() {
  const answer = Object.assign(new IncomingMessage(new Socket()), { statusCode: 200 })
  const upstream = { send: async () => answer } as Partial<Upstream> as Upstream
  answer.push(event('ADDED', 'a', 3) + event('ADDED', 'b', 5) + initialEnd)
  const chronicle = await startChronicle(upstream, { path: '/api/v1/nodes', labelSelector: null }, {})
  const gone = new AbortController()
  const { promise: caughtUp, resolve: catchUp } = Promise.withResolvers<void>()
  const got: string[] = []
  const watch = (at: number, from: number | 'initial'): void => {
    const lines = chronicle.watchAt(at, caughtUp, from, gone.signal)
    void (async () => {
      for await (const line of lines) {
        const { type, object } = JSON.parse(line)
        got.push(`${type} ${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`)
      }
    })()
  }
  return {
    say: (...events: readonly string[]) => void answer.push(events.join('')),
    watch,
    catchUp,
    leave: () => gone.abort(),
    got: async (count: number) => {
      await until(() => got.length >= count, { what: `${count} events`, withinMs: 2_000, everyMs: 1 })
      return got
    },
  }
}

describe('chronicle', () => {
  it('tells of a watch from a version what came after it, once it has caught up, and then all that comes', async () => {
    const { say, watch, catchUp, got, leave } = await recorded()
    say(event('MODIFIED', 'a', 6), event('DELETED', 'b', 7))
    watch(5, 6)
    expect(await got(0)).to.deep.equal([])
    catchUp()
    expect(await got(1)).to.deep.equal(['DELETED b@7'])
    say(event('ADDED', 'c', 8))
    expect(await got(2)).to.deep.equal(['DELETED b@7', 'ADDED c@8'])
    leave()
  })

  it('begins a list with an old state, and does not call it complete before it is fresh', async () => {
    const { say, watch, catchUp, got, leave } = await recorded()
    say(event('MODIFIED', 'a', 6), event('DELETED', 'b', 7))
    await new Promise(resolve => setImmediate(resolve))
    watch(6, 'initial')
    expect(await got(2)).to.deep.equal(['ADDED a@6', 'ADDED b@5'])
    catchUp()
    expect(await got(4)).to.deep.equal(['ADDED a@6', 'ADDED b@5', 'DELETED b@7', 'BOOKMARK @7'])
    leave()
  })
})
