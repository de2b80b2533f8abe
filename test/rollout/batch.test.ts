import { expect } from 'chai'
import { nextBatch } from '../../operator/rollout/batch.ts'
import { readBitmap, writeBitmap } from '../../operator/rollout/bitmap.ts'
import type { MemberState } from '../../operator/rollout/member.ts'
import { members } from './build.ts'

const HELD: MemberState = { kind: 'pending', again: false, heldBy: 'fleet/other' }

/** The next batch in short: who is activated, and the new released mark. */
function batch(states: Parameters<typeof members>, released: number, size: number) {
  const { activate, mark } = whole(states, released, [], size)
  return { activate, mark }
}

/** The same with who is withheld, before and after. */
function whole(states: Parameters<typeof members>, released: number, before: readonly number[], size: number) {
  const release = { released, withheld: readBitmap(writeBitmap(before)) }
  const { activate, released: mark, withheld } = nextBatch(members(...states), release, size)
  return { activate: activate.map(({ index }) => index), mark, withheld }
}

describe('batch', () => {
  it('first raises the released mark and activates nobody', () => {
    expect(batch(['pending', 'pending', 'pending', 'pending'], 0, 2)).to.deep.equal({ activate: [], mark: 2 })
  })

  it('activates those below the mark once it is written', () => {
    expect(batch(['pending', 'pending', 'pending', 'pending'], 2, 2)).to.deep.equal({ activate: [0, 1], mark: 2 })
  })

  it('activates only the rest after a crash in the middle of a batch', () => {
    expect(batch(['activating', 'pending', 'pending', 'pending'], 2, 2)).to.deep.equal({ activate: [1], mark: 2 })
  })

  it('waits while the batch is in flight', () => {
    expect(batch(['activating', 'activating', 'pending'], 2, 2)).to.deep.equal({ activate: [], mark: 2 })
  })

  it('goes on by one for each that has confirmed, failed or gone', () => {
    for (const over of ['activated', 'failed', 'gone'] as const)
      expect(batch([over, 'activating', 'pending', 'pending'], 2, 2)).to.deep.equal({ activate: [], mark: 3 })
  })

  it('never has more in flight than its size, those below the mark that were not labelled yet included', () => {
    expect(batch(['pending', 'activating', 'pending'], 2, 2)).to.deep.equal({ activate: [0], mark: 2 })
  })

  it('passes over nodes that are unreachable or held by another plan, and withholds them', () => {
    const next = whole(['unreachable', HELD, 'pending', 'pending'], 0, [], 1)
    expect(next).to.deep.equal({ activate: [], mark: 3, withheld: [0, 1] })
  })

  it('lets a node that was withheld through by a write first, before any further one', () => {
    const states = ['pending', 'activated', 'pending'] as const
    expect(whole([...states], 2, [0], 1)).to.deep.equal({ activate: [], mark: 2, withheld: [] })
    expect(whole([...states], 2, [], 1)).to.deep.equal({ activate: [0], mark: 2, withheld: [] })
  })

  it('keeps a node withheld that comes back while the batch is full', () => {
    expect(whole(['pending', 'activating', 'pending'], 2, [0], 1)).to.deep.equal({
      activate: [],
      mark: 2,
      withheld: [0],
    })
  })

  it('withholds a node below the mark that is lost before it was told', () => {
    const next = whole(['unreachable', 'pending', 'pending'], 1, [], 1)
    expect(next).to.deep.equal({ activate: [], mark: 2, withheld: [0] })
  })

  it('takes up a node below the mark that becomes reachable, before any further one', () => {
    expect(batch(['activated', 'pending', 'activated', 'pending'], 3, 1)).to.deep.equal({ activate: [1], mark: 3 })
  })

  it('takes returning nodes at its size, however many return at once', () => {
    expect(batch(['pending', 'pending', 'pending', 'activated'], 4, 2)).to.deep.equal({ activate: [0, 1], mark: 4 })
  })

  it('tries a failed node again below the mark', () => {
    expect(batch(['activated', { kind: 'pending', again: true }, 'pending'], 2, 1)).to.deep.equal({
      activate: [1],
      mark: 2,
    })
  })

  it('does not raise the mark for nodes that need no turn', () => {
    expect(batch(['activated', 'activated', 'unreachable', 'gone'], 2, 3)).to.deep.equal({ activate: [], mark: 2 })
  })

  it('activates nobody beyond its size after the size was exceeded', () => {
    expect(batch(['activating', 'activating', 'activating', 'pending'], 4, 2)).to.deep.equal({ activate: [], mark: 4 })
  })

  it('has nothing to do for a stage without members', () => {
    expect(batch([], 0, 3)).to.deep.equal({ activate: [], mark: 0 })
  })
})
