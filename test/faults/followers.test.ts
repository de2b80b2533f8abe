import { expect } from 'chai'
import { type Fate, PASS } from './fate.ts'
import { createFollowers } from './followers.ts'

const write = { class: 'write', verb: 'patch', resource: 'nodes', who: 'a', body: '' } as const
const lease = { ...write, class: 'lease', verb: 'update', resource: 'leases', object: 'system/lease' } as const
const told = { who: 'a', resource: 'nodes', type: 'MODIFIED', uid: 'u', initial: false } as const
const of = (run: string) => (about: { readonly object: string }) => about.object.startsWith(`${run}-`)
const hang: Fate = { kind: 'hang' }

describe('followers', () => {
  it('are asked about what is in their scope, and number it by themselves', () => {
    const followers = createFollowers()
    const one = followers.join({ writes: ({ number }) => (number === 2 ? hang : PASS) }, of('one'))
    const two = followers.join({ writes: ({ number }) => (number === 1 ? hang : PASS) }, of('two'))
    const fates = ['one-1', 'two-1', 'one-2', 'two-2'].map(object => followers.request({ ...write, object }).fate.kind)
    expect(fates).to.deep.equal(['pass', 'hang', 'hang', 'pass'])
    expect([one.trace.length, two.trace.length]).to.deep.equal([2, 2])
  })

  it('are all concerned by leases, and the first that interferes is obeyed', () => {
    const followers = createFollowers()
    const one = followers.join({}, of('one'))
    const two = followers.join({ writes: () => hang }, of('two'))
    expect(followers.request(lease).fate).to.equal(hang)
    expect([one, two].map(({ trace }) => trace.length)).to.deep.equal([1, 1])
  })

  it('leave strangers behind: writes that are in nobody’s scope', () => {
    const followers = createFollowers()
    followers.join({}, of('one')).leave()
    followers.request({ ...write, object: 'one-1' })
    followers.request(lease)
    expect(followers.strangers().map(({ object }) => object)).to.deep.equal(['one-1'])
  })

  it('are told a version under one number, however often it is told', () => {
    const followers = createFollowers()
    const numbers: number[] = []
    const one = followers.join({ events: ({ number }) => (numbers.push(number), PASS) }, of('one'))
    for (const [object, at] of [
      ['one-1', 4],
      ['two-1', 5],
      ['one-1', 6],
      ['one-1', 4],
      ['one-2', 9],
    ] as const)
      followers.event({ ...told, object, at })
    expect(numbers).to.deep.equal([1, 2, 1, 3])
    expect(one.hasTold('nodes', 'one-1')).to.equal(false)
    followers.told({ resource: 'nodes', object: 'one-1' })
    expect(one.hasTold('nodes', 'one-1')).to.equal(true)
  })
})
