import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Change } from '../../operator/kube/change.ts'
import { createStore } from '../../operator/kube/store.ts'
import { thing } from './build.ts'
import type { Thing } from './build.ts'

/**
 * A server with a history, a watch that lags behind it, and our own writes, whose answers arrive at any later time.
 * `write` is ours: its answer is kept to be observed later. `relist` reads the present state.
 */
type Step = {
  readonly act: 'write' | 'delete' | 'recreate' | 'deliver' | 'answer' | 'relist' | 'replay'
  readonly key: string
  readonly pick: number
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('write', 'delete', 'recreate', 'deliver', 'deliver', 'answer', 'relist', 'replay'),
  key: fc.constantFrom('a', 'b', 'c'),
  pick: fc.nat(20),
})

type Entry = { readonly kind: 'put' | 'delete'; readonly object: Thing }

describe('store, whatever the order in which lists, events and answers arrive', () => {
  it('never goes back, tells every change, and ends where the server is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async steps => {
        const mirror = new Map<string, Thing>()
        const newest = new Map<string, number>()
        const store = createStore<Thing>(
          change => follow(change, mirror, newest),
          () => Promise.resolve(),
        )
        const server = new Map<string, Thing>()
        const history: Entry[] = []
        const answers: Thing[] = []
        let version = 100
        let delivered = 0
        let incarnation = 0

        const commit = (entry: Entry) => {
          history.push(entry)
          const key = `fleet/${entry.object.metadata.name}`
          if (entry.kind === 'put') server.set(key, entry.object)
          else server.delete(key)
        }
        const apply = ({ kind, object }: Entry) => (kind === 'put' ? store.put(object) : store.delete(object))

        await store.replace(new Map(), String(version))
        for (const { act, key, pick } of steps) {
          const present = server.get(`fleet/${key}`)
          switch (act) {
            case 'write':
            case 'recreate': {
              version += 1
              const uid = present === undefined ? `uid-${incarnation++}` : present.metadata.uid
              const object = thing(key, version, uid)
              commit({ kind: 'put', object })
              if (act === 'write') answers.push(object)
              break
            }
            case 'delete':
              if (present === undefined) break
              version += 1
              commit({ kind: 'delete', object: thing(key, version, present.metadata.uid) })
              break
            case 'deliver': {
              const entry = history[delivered]
              if (entry !== undefined) apply(entry)
              delivered = Math.min(delivered + 1, history.length)
              break
            }
            case 'answer': {
              const [answer] = answers.splice(pick % Math.max(1, answers.length), 1)
              if (answer !== undefined) store.observe(answer, false)
              break
            }
            case 'relist':
              await store.replace(new Map(server), String(version))
              delivered = history.length
              break
            case 'replay': {
              const entry = history[pick % Math.max(1, delivered)]
              if (entry !== undefined && delivered > 0) apply(entry)
            }
          }
          expect(contents(mirror.values())).to.deep.equal(contents(store.values()))
        }
        for (const entry of history.slice(delivered)) apply(entry)
        for (const answer of answers) store.observe(answer, false)
        expect(contents(store.values())).to.deep.equal(contents(server.values()))
      }),
      { numRuns: 2_000 },
    )
  })
})

function contents(things: Iterable<Thing>): string[] {
  return [...things].map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort()
}

function follow({ kind, object }: Change<Thing>, mirror: Map<string, Thing>, newest: Map<string, number>): void {
  const { name, resourceVersion } = object.metadata
  if (kind === 'deleted') return void mirror.delete(name)
  expect(Number(resourceVersion)).to.be.greaterThan(newest.get(name) ?? 0)
  newest.set(name, Number(resourceVersion))
  mirror.set(name, object)
}
