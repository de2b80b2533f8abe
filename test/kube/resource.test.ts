import { expect } from 'chai'
import { keyOf, refOf } from '../../operator/kube/object.ts'
import {
  apiVersionOf,
  collectionPath,
  leases,
  nodes,
  objectPath,
  pods,
  resourceName,
} from '../../operator/kube/resource.ts'

describe('resource', () => {
  it('has the path of its group', () => {
    expect(collectionPath(nodes)).to.equal('/api/v1/nodes')
    expect(collectionPath(pods, 'fleet')).to.equal('/api/v1/namespaces/fleet/pods')
    expect(collectionPath(pods)).to.equal('/api/v1/pods')
    expect(objectPath(leases, { namespace: 'fleet', name: 'promoter' })).to.equal(
      '/apis/coordination.k8s.io/v1/namespaces/fleet/leases/promoter',
    )
    expect(objectPath(nodes, { name: 'n' }, 'status')).to.equal('/api/v1/nodes/n/status')
  })

  it('lets no name escape its place in the path', () => {
    expect(objectPath(nodes, { name: '../pods?x' })).to.equal('/api/v1/nodes/..%2Fpods%3Fx')
  })

  it('refuses a reference of the wrong scope', () => {
    expect(() => objectPath(pods, { name: 'p' })).to.throw(TypeError)
    expect(() => objectPath(nodes, { name: 'n', namespace: 'fleet' })).to.throw(TypeError)
    expect(() => objectPath(nodes, { name: '' })).to.throw(TypeError)
  })

  it('has the names that Kubernetes uses', () => {
    expect([apiVersionOf(nodes), apiVersionOf(leases)]).to.deep.equal(['v1', 'coordination.k8s.io/v1'])
    expect([resourceName(nodes), resourceName(leases)]).to.deep.equal(['nodes', 'leases.coordination.k8s.io'])
  })
})

describe('keys', () => {
  it('name an object and lead back to it', () => {
    for (const ref of [{ name: 'n' }, { namespace: 'fleet', name: 'n' }]) {
      expect(refOf(keyOf({ metadata: ref }))).to.deep.equal(ref)
    }
    expect(keyOf({ metadata: { namespace: 'fleet', name: 'n' } })).to.equal('fleet/n')
  })
})
