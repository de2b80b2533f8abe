import { expect } from 'chai'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { Change } from '../../operator/kube/change.ts'
import { fleetIndex } from '../../operator/view/fleet-index.ts'
import { node } from '../rollout/build.ts'

const ROBOTS = { matchLabels: { fleet: 'robots' } }
const robot = (name: string, more: Parameters<typeof node>[1] = {}) =>
  node(name, { labels: { fleet: 'robots' }, ...more })

function scene(...there: readonly FleetNode[]) {
  const held = new Map(there.map(one => [one.metadata.name, one]))
  let looks = 0
  let tell: (change: Change<FleetNode>) => void = () => {}
  const cache = {
    values: () => ((looks += 1), held.values()),
    subscribe: (handler: typeof tell) => ((tell = handler), () => {}),
  }
  const put = (object: FleetNode) => {
    const previous = held.get(object.metadata.name)
    held.set(object.metadata.name, object)
    tell(previous ? { kind: 'updated', object, previous } : { kind: 'added', object })
  }
  const remove = (object: FleetNode) => {
    held.delete(object.metadata.name)
    tell({ kind: 'deleted', object, previous: object })
  }
  const index = fleetIndex(cache, 3)
  const robots = () => index(ROBOTS).map(({ metadata }) => metadata.name)
  return { index, put, remove, robots, looks: () => looks }
}

describe('fleet of a selector', () => {
  it('follows nodes that come, change their labels and go, and looks at all of them once', () => {
    const { put, remove, robots, looks } = scene(robot('a'), node('b'))
    expect(robots()).to.deep.equal(['a'])
    put(robot('b'))
    put(robot('c'))
    expect(robots()).to.deep.equal(['a', 'b', 'c'])
    put(node('a'))
    remove(robot('c'))
    expect(robots()).to.deep.equal(['b'])
    expect(looks()).to.equal(1)
  })

  it('has nodes as they are now', () => {
    const { index, put } = scene(robot('a'))
    index(ROBOTS)
    put(robot('a', { ready: false }))
    expect(index(ROBOTS).map(({ ready }) => ready.ok)).to.deep.equal([false])
  })

  it('is forgotten when too many nodes are remembered, the one first that was not asked for longest', () => {
    const { index, robots, looks } = scene(robot('a'), robot('b'))
    robots()
    index(undefined)
    expect(looks()).to.equal(2)
    expect(robots()).to.deep.equal(['a', 'b'])
    expect(looks()).to.equal(3)
    expect(robots()).to.deep.equal(['a', 'b'])
    expect(looks()).to.equal(3)
  })
})
