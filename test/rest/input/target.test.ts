import { expect } from 'chai'
import { type Route, routeOf } from '../../../operator/rest/route.ts'
import { type Target, isTrue, targetOf } from '../../../operator/rest/target.ts'
import { refusal } from '../failing.ts'

function attributes(method: string, path: string): Partial<Target> {
  const [words = '', query = ''] = path.split('?')
  const {
    rest: _,
    resource: _resource,
    ...target
  } = targetOf(method, words.split('/').slice(1), new URLSearchParams(query), 'fleet')
  return target
}

describe('target of a request', () => {
  for (const [method, path, expected] of [
    ['GET', '/rollouts', { verb: 'list' }],
    ['GET', '/rollouts?fieldSelector=metadata.name%3Dp', { verb: 'list', selected: 'p' }],
    ['GET', '/rollouts?fieldSelector=metadata.name!%3Dp', { verb: 'list' }],
    ['GET', '/rollouts?fieldSelector=metadata.name%3D..', { verb: 'list' }],
    ['GET', '/rollouts/stuck', { verb: 'get', name: 'stuck' }],
    ['GET', '/rollouts/p', { verb: 'get', name: 'p' }],
    ['HEAD', '/rollouts/p', { verb: 'get', name: 'p' }],
    ['DELETE', '/rollouts/p', { verb: 'delete', name: 'p' }],
    ['DELETE', '/rollouts', { verb: 'deletecollection' }],
    ['POST', '/rollouts', { verb: 'create' }],
    ['POST', '/rollouts/p/recover', { verb: 'create', name: 'p', subresource: 'recover' }],
    ['POST', '/rollouts/p/gate-report', { verb: 'create', name: 'p', subresource: 'gate-report' }],
    ['POST', '/rollouts/p/stages/s/gates/g/approve', { verb: 'create', name: 'p', subresource: 'stages' }],
    ['GET', '/rollouts?watch=true', { verb: 'watch' }],
    ['GET', '/rollouts?watch=0', { verb: 'list' }],
    ['PUT', '/rollouts/p', { verb: 'update', name: 'p' }],
    ['PATCH', '/rollouts/p', { verb: 'patch', name: 'p' }],
  ] as const)
    it(`of ${method} ${path} has the attributes that kube-apiserver gives it`, () => {
      expect(attributes(method, path)).to.deep.equal({ namespace: 'fleet', namespaced: false, ...expected })
    })

  it('is in the namespace of the path, where it names one', () => {
    expect(attributes('GET', '/namespaces/lab/rollouts/p')).to.deep.equal({
      verb: 'get',
      name: 'p',
      namespace: 'lab',
      namespaced: true,
    })
  })

  for (const path of [
    '/fleet',
    '/namespaces',
    '/namespaces/lab',
    '/namespaces/lab/plans',
    `/rollouts/${'a'.repeat(254)}`,
  ])
    it(`is none at ${path.slice(0, 30)}`, () => {
      expect(refusal(() => attributes('GET', path))).to.include({ code: 404, error: 'path_not_found' })
    })

  it('reads a boolean as kube-apiserver does', () => {
    expect([null, '', '1', 'true', 'yes', 'false', 'False', '0'].map(isTrue)).to.deep.equal([
      ...[false, true, true, true, true],
      ...[false, false, false],
    ])
  })
})

describe('route of a target', () => {
  const handle = () => ({ code: 200, body: {} }) as const
  const routes: readonly Route[] = [
    { method: 'GET', pattern: '/rollouts', handle },
    { method: 'POST', pattern: '/rollouts', handle },
    { method: 'GET', pattern: '/rollouts/stuck', handle },
    { method: 'GET', pattern: '/rollouts/:plan', handle },
    { method: 'DELETE', pattern: '/rollouts/:plan', handle },
    { method: 'GET', pattern: '/rollouts/:plan/stages/:stage/gates', handle },
  ]
  const find = (method: string, path: string) => {
    const [words = '', query = ''] = path.split('?')
    return routeOf(routes, method, targetOf(method, words.split('/').slice(1), new URLSearchParams(query), 'fleet'))
  }

  it('is the literal one before the one with a word', () => {
    expect(find('GET', '/rollouts/stuck').route.pattern).to.equal('/rollouts/stuck')
    expect(find('GET', '/rollouts/stick').route.pattern).to.equal('/rollouts/:plan')
  })

  it('names the words of its path', () => {
    expect(find('GET', '/rollouts/p/stages/s/gates').params).to.deep.equal({ plan: 'p', stage: 's' })
  })

  it('of HEAD is that of GET', () => {
    expect(find('HEAD', '/rollouts/p').route.method).to.equal('GET')
  })

  for (const [method, path, allow] of [
    ['PUT', '/rollouts/p', 'GET, HEAD, DELETE'],
    ['PATCH', '/rollouts/p', 'GET, HEAD, DELETE'],
    ['DELETE', '/rollouts', 'GET, HEAD, POST'],
    ['DELETE', '/rollouts/stuck', 'GET, HEAD'],
    ['POST', '/rollouts/p/stages/s/gates', 'GET, HEAD'],
    ['GET', '/rollouts?watch=true', 'GET, HEAD, POST'],
  ] as const)
    it(`is none for ${method} ${path}, and the answer says what is served`, () => {
      const { code, error, headers } = refusal(() => find(method, path))
      expect({ code, error, allow: headers?.['allow'] }).to.deep.equal({
        code: 405,
        error: 'method_not_allowed',
        allow,
      })
    })

  it('is none where no pattern fits', () => {
    expect(refusal(() => find('GET', '/rollouts/p/stages'))).to.include({ code: 404 })
  })
})
