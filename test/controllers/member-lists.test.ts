import { expect } from 'chai'
import { createMemberLists } from '../../operator/controllers/member-lists.ts'
import type { Client } from '../../operator/kube/client.ts'
import { ApiError } from '../../operator/kube/errors.ts'
import { digestOf } from '../../operator/rollout/membership.ts'
import type { Caches } from '../../operator/view/caches.ts'
import { plan } from '../rollout/build.ts'

const KEY = 'fleet/agent-1-4-2'
const SIGNAL = new AbortController().signal

/** What a server cannot be made to do on command: to be interrupted just between two parts, and to refuse just one of them. */
function scene(create: (name: string) => void = () => {}) {
  const created: string[] = []
  const client: Pick<Client, 'create' | 'delete'> = {
    create: async (_, draft) => {
      const name = draft.metadata.name ?? ''
      if (created.includes(name)) throw answer(409, 'AlreadyExists')
      create(name)
      created.push(name)
      return draft as never
    },
    delete: async () => undefined as never,
  }
  const clock = { at: 0, monotonic: () => clock.at }
  const parts = { observe: () => {} } as unknown as Caches['parts']
  const lists = createMemberLists({ client, caches: { parts }, view: { partsOf: () => [] }, clock })
  return { lists, created, clock }
}

function answer(code: number, reason: string): ApiError {
  return new ApiError('POST /apis/apps/v1/controllerrevisions', code, { reason, message: 'exceeded quota' })
}

/** Of three parts. */
function wanted(stage = 's2') {
  const members = Array.from({ length: 4_001 }, (_, index) => ({ name: `n${index}`, uid: `uid-${stage}-${index}` }))
  return { stage, frozen: { digest: digestOf(members), members } }
}

describe('lists of members', () => {
  it('are left half kept when something else goes first, and gone on with later', async () => {
    let stop = false
    const { lists, created } = scene(() => (stop = true))
    expect(await lists.keep(KEY, plan(), wanted(), () => stop, SIGNAL)).to.equal('left')
    expect(created).to.have.length(1)
    expect(await lists.keep(KEY, plan(), wanted(), () => false, SIGNAL)).to.equal('coming')
    expect(created).to.have.length(3)
  })

  it('are kept ahead every ten seconds at most where that is refused, and a refusal is no failure', async () => {
    let tried = 0
    const { lists, clock } = scene(() => {
      tried += 1
      throw answer(403, 'Forbidden')
    })
    const ahead = async (stage: string) => await lists.keepAhead(KEY, plan(), wanted(stage), () => false, SIGNAL)
    for (clock.at = 0; clock.at < 10_000; clock.at += 500) expect(await ahead('s2')).to.equal(false)
    expect(tried).to.equal(1)
    await ahead('s2')
    expect(tried).to.equal(2)
    await ahead('s3')
    expect(tried, 'another stage is another list').to.equal(3)
  })

  it('that are refused when they are needed are a failure, and so is no answer when they are kept ahead', async () => {
    const refused = scene(() => {
      throw answer(403, 'Forbidden')
    })
    const failure = await refused.lists
      .keep(KEY, plan(), wanted(), () => false, SIGNAL)
      .catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ApiError)
    const silent = scene(() => {
      throw new Error('no answer')
    })
    const lost = await silent.lists
      .keepAhead(KEY, plan(), wanted(), () => false, SIGNAL)
      .catch((error: unknown) => error)
    expect(lost).to.be.instanceOf(Error).with.property('message', 'no answer')
  })
})
