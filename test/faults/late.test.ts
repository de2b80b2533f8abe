import { expect } from 'chai'
import { lateFlaws } from './late.ts'
import type { Observed, Observer } from './observer.ts'
import type { TracedWrite } from './trace.ts'

/** An observer that has seen these states of one object of the run `r1`. */
function seen(name: string, ...states: readonly object[]): { readonly observer: Observer } {
  const versions = states.map((state, at) => ({
    kind: 'plan',
    at,
    seenAt: 0,
    deleted: false,
    object: { metadata: { name, uid: name, resourceVersion: String(at) }, ...state },
  })) as readonly Observed[]
  return { observer: { history: (run: string) => (run === 'r1' ? versions : []) } as Observer }
}

const write = (object: string, code = 200) => ({ verb: 'update', resource: 'things', object, code }) as TracedWrite

describe('write about a rollout that had ended', () => {
  it('may put the sentence of a condition better', () => {
    const ground = seen('plan', { status: { message: 'completed' } }, { status: { message: 'completed; 1 later' } })
    expect(lateFlaws([write('r1/plan')], ground)).to.deep.equal([])
  })

  it('may be refused', () => {
    const ground = seen('plan', { status: { phase: 'active' } }, { status: { phase: 'completed' } })
    expect(lateFlaws([write('r1/plan', 404)], ground)).to.deep.equal([])
  })

  it('may change nothing else of an object in a namespace', () => {
    const ground = seen('plan', { status: { phase: 'completed' } }, { status: { phase: 'active' } })
    expect(lateFlaws([write('r1/plan')], ground).join()).to.include('r1/plan')
  })

  it('may change nothing of a node', () => {
    const ground = seen('r1-0', { spec: 1 }, { spec: 2 })
    expect(lateFlaws([write('r1-0')], ground).join()).to.include('r1-0')
  })
})
