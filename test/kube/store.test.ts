import { expect } from 'chai'
import type { Change } from '../../operator/kube/change.ts'
import { createStore } from '../../operator/kube/store.ts'
import { thing } from './build.ts'
import type { Thing } from './build.ts'

const listOf = (...things: Thing[]) => new Map(things.map(item => [`fleet/${item.metadata.name}`, item]))

function setUp() {
  const changes: string[] = []
  const describeChange = ({ kind, object, previous, listed }: Change<Thing>) => {
    const from = previous === undefined ? '' : `${previous.metadata.resourceVersion}→`
    changes.push(`${kind} ${object.metadata.name} ${from}${object.metadata.resourceVersion}${listed ? ' listed' : ''}`)
  }
  const store = createStore<Thing>(describeChange, () => Promise.resolve())
  /** What changed since the last call. */
  const news = () => changes.splice(0)
  const held = () => [...store.values()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
  return { store, news, held }
}

describe('store', () => {
  it('takes over a list', async () => {
    const { store, news, held } = setUp()
    expect(store.position()).to.equal(undefined)
    await store.replace(listOf(thing('a', 3), thing('b', 5)), '7')
    expect(held()).to.deep.equal(['a 3', 'b 5'])
    expect(news()).to.deep.equal(['added a 3 listed', 'added b 5 listed'])
    expect(store.position()).to.equal('7')
  })

  it('follows events', async () => {
    const { store, news, held } = setUp()
    await store.replace(listOf(thing('a', 3)), '7')
    news()
    store.put(thing('b', 8))
    store.put(thing('a', 9))
    store.delete(thing('b', 10))
    expect(news()).to.deep.equal(['added b 8', 'updated a 3→9', 'deleted b 8→8'])
    expect(held()).to.deep.equal(['a 9'])
    expect(store.position()).to.equal('10')
  })

  it('compares versions as numbers, not as text', async () => {
    const { store, held } = setUp()
    await store.replace(listOf(thing('a', 9)), '9')
    store.put(thing('a', 10))
    expect(held()).to.deep.equal(['a 10'])
  })

  it('finds by a relist what was deleted, changed and added meanwhile', async () => {
    const { store, news, held } = setUp()
    await store.replace(listOf(thing('a', 3), thing('b', 5), thing('c', 6)), '7')
    news()
    await store.replace(listOf(thing('b', 5), thing('c', 11), thing('d', 10)), '12')
    expect(news()).to.deep.equal(['updated c 6→11 listed', 'added d 10 listed', 'deleted a 3→3 listed'])
    expect(held()).to.deep.equal(['b 5', 'c 11', 'd 10'])
  })

  it('tells of an object recreated under its name as of two objects', async () => {
    const { store, news } = setUp()
    await store.replace(listOf(thing('a', 3)), '7')
    news()
    store.put(thing('a', 9, 'another-uid'))
    expect(news()).to.deep.equal(['deleted a 3→3', 'added a 9'])
    await store.replace(listOf(thing('a', 12, 'a-third-uid')), '13')
    expect(news()).to.deep.equal(['deleted a 9→9 listed', 'added a 12 listed'])
  })

  it('does nothing about events it has seen, as a server that lags behind repeats them', async () => {
    const { store, news, held } = setUp()
    await store.replace(listOf(thing('a', 3)), '7')
    store.put(thing('a', 9))
    store.delete(thing('a', 10))
    news()
    store.put(thing('a', 9))
    store.put(thing('b', 5))
    store.delete(thing('a', 10))
    expect(news()).to.deep.equal([])
    expect(held()).to.deep.equal([])
  })

  it('refuses a list older than what it knows', async () => {
    const { store, held } = setUp()
    await store.replace(listOf(thing('a', 3)), '7')
    const outcome = await store.replace(listOf(), '6').catch((error: unknown) => error)
    expect(outcome).to.include({ code: 'stale_list' })
    expect(held()).to.deep.equal(['a 3'])
  })

  describe('with own writes', () => {
    it('takes an answer in at once, and does nothing about the event for it', async () => {
      const { store, news, held } = setUp()
      await store.replace(listOf(thing('a', 3)), '7')
      news()
      store.observe(thing('a', 9), false)
      expect(held()).to.deep.equal(['a 9'])
      store.put(thing('a', 8))
      store.put(thing('a', 9))
      expect(news()).to.deep.equal(['updated a 3→9'])
      expect(store.position()).to.equal('9')
    })

    it('ignores an answer that comes later than a newer event', async () => {
      const { store, news } = setUp()
      await store.replace(listOf(thing('a', 3)), '7')
      store.put(thing('a', 10))
      news()
      store.observe(thing('a', 9), false)
      expect(news()).to.deep.equal([])
    })

    it('takes in an object that was created', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(), '7')
      store.observe(thing('a', 8), false)
      expect(held()).to.deep.equal(['a 8'])
    })

    it('does not bring back an object whose deletion it has seen', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(), '7')
      store.put(thing('a', 8))
      store.delete(thing('a', 10))
      store.observe(thing('a', 9), false)
      expect(held()).to.deep.equal([])
    })

    it('does not bring back an object that a list showed to be gone', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(), '10')
      store.observe(thing('a', 9), false)
      expect(held()).to.deep.equal([])
    })

    it('does not lose one to a list that is older', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(thing('a', 3)), '7')
      store.observe(thing('a', 12), false)
      store.observe(thing('b', 13), false)
      await store.replace(listOf(thing('a', 3)), '11')
      expect(held()).to.deep.equal(['a 12', 'b 13'])
    })

    it('loses one that a newer list does not have', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(), '7')
      store.observe(thing('b', 8), false)
      await store.replace(listOf(), '11')
      expect(held()).to.deep.equal([])
    })

    it('keeps one that was recreated after the deletion that is announced', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(thing('a', 3)), '7')
      store.observe(thing('a', 12, 'another-uid'), false)
      store.delete(thing('a', 11))
      expect(held()).to.deep.equal(['a 12'])
    })

    it('takes in only what it holds already, where it cannot tell whether the object belongs', async () => {
      const { store, held } = setUp()
      await store.replace(listOf(thing('a', 3)), '7')
      store.observe(thing('a', 8), true)
      store.observe(thing('b', 9), true)
      expect(held()).to.deep.equal(['a 8'])
    })

    it('takes them in before the first list, which then decides', async () => {
      const { store, held } = setUp()
      store.observe(thing('a', 5), false)
      store.observe(thing('b', 9), false)
      await store.replace(listOf(), '7')
      expect(held()).to.deep.equal(['b 9'])
    })
  })

  it('keeps its place at a bookmark, and never goes back', async () => {
    const { store } = setUp()
    await store.replace(listOf(), '7')
    store.advance('12')
    store.advance('9')
    expect(store.position()).to.equal('12')
  })
})
