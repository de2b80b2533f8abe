import { expect } from 'chai'
import { choose, digestOf, fleetOf, unassigned } from '../../operator/rollout/membership.ts'
import { node, nodes, plan, stage } from './build.ts'

const nobody: ReadonlySet<string> = new Set()
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

describe('fleet', () => {
  it('is every node when the plan has no selector', () => {
    expect(fleetOf(plan(), nodes(3))).to.have.length(3)
  })

  it('is the nodes that match the plan', () => {
    const mixed = [node('a', { labels: { fleet: 'robots' } }), node('b', { labels: { fleet: 'lab' } }), node('c')]
    const found = fleetOf(plan({ fleet: { fleet: 'robots' } }), mixed)
    expect(found.map(one => one.metadata.name)).to.deep.equal(['a'])
  })
})

describe('members of a stage', () => {
  const everyone = stage('stage-01')

  it('are the nodes that match the stage and belong to no earlier one', () => {
    const fleet = [
      node('a', { labels: { ring: 'canary' } }),
      node('b', { labels: { ring: 'canary' } }),
      node('c', { labels: { ring: 'rest' } }),
    ]
    const canary = stage('stage-01', { nodes: { selector: { matchLabels: { ring: 'canary' } } } })
    expect(names(choose(plan(), canary, fleet, new Set(['uid-b'])).members)).to.deep.equal(['a'])
  })

  it('are known by UID and name', () => {
    expect(choose(plan(), everyone, [node('a')], nobody).members).to.deep.equal([{ name: 'a', uid: 'uid-a' }])
  })

  it('come in the same order, whatever the order of the nodes', () => {
    const fleet = nodes(20)
    expect(choose(plan(), everyone, fleet.toReversed(), nobody)).to.deep.equal(choose(plan(), everyone, fleet, nobody))
  })

  it('come in another order for another plan, so that canaries are not always the same machines', () => {
    const firsts = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'].map(
      uid => choose(plan({ uid }), stage('canary', { nodes: { limit: 1 } }), nodes(20), nobody).members[0]?.name,
    )
    expect(new Set(firsts).size).to.be.greaterThan(2)
  })

  it('are ordered by machine, not by name: a recreated node takes another place', () => {
    const orders = ['x', 'y', 'z', 'q'].map(uid =>
      names(choose(plan(), everyone, [...nodes(9), node('again', { uid })], nobody).members).indexOf('again'),
    )
    expect(new Set(orders).size).to.be.greaterThan(1)
  })

  it('are cut at a limit that is a count', () => {
    expect(choose(plan(), stage('s', { nodes: { limit: 3 } }), nodes(20), nobody).members).to.have.length(3)
    expect(choose(plan(), stage('s', { nodes: { limit: 30 } }), nodes(20), nobody).members).to.have.length(20)
  })

  it('are cut at a limit that is a percentage of the fleet, rounded up, not of what the stage matches', () => {
    const fleet = nodes(21).map((one, index) =>
      index < 10 ? { ...one, metadata: { ...one.metadata, labels: { ring: 'canary' } } } : one,
    )
    const canary = stage('s', { nodes: { selector: { matchLabels: { ring: 'canary' } }, limit: '10%' } })
    expect(choose(plan(), canary, fleet, nobody).members).to.have.length(3)
  })

  it('are the first of the whole order when the stage is limited', () => {
    const all = choose(plan(), everyone, nodes(20), nobody).members
    const some = choose(plan(), stage('s', { nodes: { limit: 4 } }), nodes(20), nobody).members
    expect(some).to.deep.equal(all.slice(0, 4))
  })

  it('may be nobody', () => {
    expect(choose(plan(), everyone, [], nobody).members).to.deep.equal([])
  })
})

describe('digest of members', () => {
  const a = { name: 'a', uid: 'uid-a' }
  const b = { name: 'b', uid: 'uid-b' }

  it('is the same for the same list', () => {
    expect(digestOf([a, b])).to.equal(digestOf([{ ...a }, { ...b }]))
  })

  it('tells another order, another member and a missing one apart', () => {
    const digests = [[a, b], [b, a], [a], [b], [], [{ name: 'a', uid: 'uid-a2' }, b]].map(digestOf)
    expect(new Set(digests).size).to.equal(digests.length)
  })

  it('is not fooled by where one UID ends and the next begins', () => {
    const uids = (...list: string[]) => digestOf(list.map(uid => ({ name: 'x', uid })))
    expect(uids('ab', 'c')).not.to.equal(uids('a', 'bc'))
  })
})

describe('unassigned nodes', () => {
  const canary = stage('stage-02', { nodes: { selector: { matchLabels: { ring: 'canary' } } } })
  const fleet = [node('member'), node('canary', { labels: { ring: 'canary' } }), node('left-1'), node('left-2')]

  it('are those that are nobody’s members and match no stage to come', () => {
    expect(unassigned(fleet, new Set(['uid-member']), [canary])).to.equal(2)
  })

  it('are none while a stage to come takes everyone', () => {
    expect(unassigned(fleet, nobody, [canary, stage('stage-03')])).to.equal(0)
  })
})
