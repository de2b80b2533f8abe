import { expect } from 'chai'
import type { FleetPod } from '../../operator/fleet/pod.ts'
import type { Cache, CacheState } from '../../operator/kube/cache.ts'
import { podWatches } from '../../operator/view/pod-watch.ts'
import { CONFIRM, plan } from '../rollout/build.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

/** A cache whose state the test sets; how caches come to their states is specified elsewhere. */
function setUp() {
  const clock = fakeClock()
  const end = new AbortController()
  const state = { synced: false, silentMs: 0 }
  const cache = {
    values: () => [],
    subscribe: () => () => {},
    synced: () => state.synced,
    state: () => state as unknown as CacheState,
    whenSynced: async () => await new Promise<void>(() => {}),
    run: async () => {},
  } as unknown as Cache<FleetPod>
  const watches = podWatches(
    () => cache,
    () => {},
    clock,
    end.signal,
  )
  const of = plan({ confirm: CONFIRM.pod })
  watches.follow('fleet/p', of)
  return { clock, state, watches, of }
}

describe('pods of a plan', () => {
  it('are coming while they are listed for the first time, and not to be had when that takes too long', async () => {
    const { clock, watches, of } = setUp()
    expect(watches.stateFor(of)).to.equal('coming')
    await clock.advance(10_000)
    expect(watches.stateFor(of)).to.equal('unseen')
    expect(watches.podsFor(of)).to.equal(undefined)
  })

  it('are seen once listed', () => {
    const { state, watches, of } = setUp()
    state.synced = true
    expect(watches.stateFor(of)).to.equal('seen')
    expect(watches.podsFor(of)).to.be.instanceOf(Map)
  })

  it('are not believed when the watch has told nothing for three minutes, until it does again', () => {
    const { state, watches, of } = setUp()
    Object.assign(state, { synced: true, silentMs: 179_999 })
    expect(watches.stateFor(of)).to.equal('seen')
    state.silentMs = 180_000
    expect(watches.stateFor(of)).to.equal('unseen')
    expect(watches.podsFor(of)).to.equal(undefined)
    state.silentMs = 0
    expect(watches.stateFor(of)).to.equal('seen')
  })

  it('are not needed by a plan that confirms otherwise', () => {
    const { watches } = setUp()
    expect(watches.stateFor(plan({ confirm: CONFIRM.annotation }))).to.equal('seen')
  })
})
