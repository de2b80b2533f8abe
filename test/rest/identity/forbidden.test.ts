import { expect } from 'chai'
import { authorizer } from '../../../operator/rest/identity/authorizer.ts'
import type { Caller } from '../../../operator/rest/identity/caller.ts'
import { statusOf } from '../../../operator/rest/failure.ts'
import { fakeClock } from '../../runtime/fake-clock.ts'
import { refusalOf } from '../failing.ts'

describe('a right that is missing', () => {
  const bob: Caller = { user: 'bob', groups: ['system:authenticated'], extra: {}, door: 'direct' }
  const authorize = authorizer(async () => await Promise.resolve({ allowed: false }), fakeClock())
  const attributes = { verb: 'create', group: 'orchestrator.autonomyops.dev', resource: 'rollouts', name: 'p' } as const
  const signal = new AbortController().signal

  it('is named with its subresource, so that a client can ask about it without reading prose', async () => {
    const refused = await refusalOf(authorize(bob, { ...attributes, subresource: 'rollback' }, signal))
    expect(statusOf(refused)).to.deep.include({
      code: 403,
      error: 'forbidden',
      details: { name: 'p', group: 'orchestrator.autonomyops.dev', kind: 'rollouts/rollback' },
    })
  })
})
