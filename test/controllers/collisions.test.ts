import { expect } from 'chai'
import { createCollisions } from '../../operator/controllers/collisions.ts'

describe('collisions', () => {
  const collided = { made: 0, stale: true }
  const collisions = () => createCollisions({ baseMs: 250, maxMs: 10_000, random: () => 1 })

  it('does not ask for a node ever again, several times a second, whose every patch meets a conflict', () => {
    const { pauseAfter } = collisions()
    const pauses = Array.from({ length: 8 }, () => pauseAfter('a/plan', collided))
    expect(pauses).to.deep.equal([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('begins anew when something was patched, when nothing collided, and for each plan by itself', () => {
    const { pauseAfter, forget } = collisions()
    const grow = (): void => void [1, 2, 3].map(() => pauseAfter('a/plan', collided))
    grow()
    expect(pauseAfter('a/other', collided)).to.equal(250)
    expect(pauseAfter('a/plan', { made: 1, stale: true })).to.equal(250)
    grow()
    expect(pauseAfter('a/plan', { made: 0, stale: false })).to.equal(undefined)
    expect(pauseAfter('a/plan', collided)).to.equal(250)
    grow()
    forget('a/plan')
    expect(pauseAfter('a/plan', collided)).to.equal(250)
  })
})
