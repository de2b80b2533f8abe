import { expect } from 'chai'
import { createMemberLists } from '../../operator/controllers/member-lists.ts'
import type { Client } from '../../operator/kube/client.ts'
import { ApiError } from '../../operator/kube/errors.ts'
import { digestOf } from '../../operator/rollout/membership.ts'
import type { MembershipPart } from '../../operator/view/membership.ts'
import type { Caches } from '../../operator/view/caches.ts'
import { plan } from '../rollout/build.ts'

const KEY = 'fleet/agent-1-4-2'
const SIGNAL = new AbortController().signal

/** What a server cannot be made to do on command: to be interrupted just between two parts, and to refuse just one of them. */
function scene(create: (name: string) => void = () => {}, left: readonly MembershipPart[] = []) {
  const created: string[] = []
  const deleted: string[] = []
  const client: Pick<Client, 'create' | 'delete'> = {
    create: async (_, draft) => {
      const name = draft.metadata.name ?? ''
      if (created.includes(name)) throw answer(409, 'AlreadyExists')
      create(name)
      created.push(name)
      return draft as never
    },
    delete: async (_, { name }) => {
      deleted.push(name)
      throw answer(403, 'Forbidden')
    },
  }
  const clock = { at: 0, monotonic: () => clock.at }
  const parts = { observe: () => {} } as unknown as Caches['parts']
  const lists = createMemberLists({ client, caches: { parts }, view: { partsOf: () => left }, clock })
  return { lists, created, deleted, clock }
}

function answer(code: number, reason: string): ApiError {
  return new ApiError('POST /apis/apps/v1/controllerrevisions', code, { reason, message: 'exceeded quota' })
}

/** Of three parts. */
function wanted(stage = 's2') {
  const members = Array.from({ length: 4_001 }, (_, index) => ({ name: `n${index}`, uid: `uid-${stage}-${index}` }))
  return { stage, frozen: { digest: digestOf(members), members } }
}

const go = () => false

describe('lists of members', () => {
  it('are left half kept when something else goes first, and gone on with later', async () => {
    let stop = false
    const { lists, created } = scene(() => (stop = true))
    expect(await lists.keep(KEY, plan(), wanted(), () => stop, SIGNAL)).to.equal('left')
    expect(created).to.have.length(1)
    expect(await lists.keep(KEY, plan(), wanted(), go, SIGNAL)).to.equal('coming')
    expect(created).to.have.length(3)
    expect(lists.refusal(KEY)).to.equal(undefined)
  })

  it('that are refused are tried ever more rarely, and said to be when that is no moment’s trouble', async () => {
    const { lists, clock } = scene(() => {
      throw answer(403, 'Forbidden')
    })
    const pauses = []
    for (let count = 1; count <= 12; count += 1) {
      expect(await lists.keep(KEY, plan(), wanted(), go, SIGNAL)).to.equal('refused')
      const { stage, words, dueInMs } = lists.refusal(KEY) ?? { dueInMs: 0 }
      expect(stage).to.equal('s2')
      if (count === 1) expect(words).to.equal(undefined)
      else expect(words).to.match(/^the list of the nodes of stage s2: POST .* exceeded quota$/)
      pauses.push(dueInMs)
      clock.at += dueInMs
      expect(lists.refusal(KEY)?.dueInMs).to.be.at.most(0)
    }
    expect(pauses[0]).to.be.within(250, 500)
    expect(pauses.at(-1)).to.be.within(30_000, 60_000)
    await lists.keep(KEY, plan(), wanted('s3'), go, SIGNAL)
    expect(lists.refusal(KEY)?.words, 'another stage begins anew').to.equal(undefined)
    lists.unneeded(KEY)
    expect(lists.refusal(KEY)).to.equal(undefined)
  })

  it('that exist and do not come into the cache are refused in the end, in words', async () => {
    const { lists, created, clock } = scene()
    created.push(...(await namesOf(wanted())))
    expect(await lists.keep(KEY, plan(), wanted(), go, SIGNAL)).to.equal('coming')
    clock.at += 4_999
    expect(await lists.keep(KEY, plan(), wanted(), go, SIGNAL)).to.equal('coming')
    clock.at += 1
    expect(await lists.keep(KEY, plan(), wanted(), go, SIGNAL)).to.equal('refused')
    clock.at += 5_000
    await lists.keep(KEY, plan(), wanted(), go, SIGNAL)
    expect(lists.refusal(KEY)?.words).to.match(/ControllerRevision agent-1-4-2-.*-0 exists and cannot be seen/)
  })

  it('are kept ahead every ten seconds at most where that is refused', async () => {
    let tried = 0
    const { lists, clock } = scene(() => {
      tried += 1
      throw answer(403, 'Forbidden')
    })
    const ahead = async (stage: string) => await lists.keepAhead(KEY, plan(), wanted(stage), go, SIGNAL)
    for (clock.at = 0; clock.at < 10_000; clock.at += 500) expect(await ahead('s2')).to.equal(false)
    expect(tried).to.equal(1)
    await ahead('s2')
    expect(tried).to.equal(2)
    await ahead('s3')
    expect(tried, 'another stage is another list').to.equal(3)
    expect(lists.refusal(KEY)).to.equal(undefined)
  })

  it('reject when there was no answer', async () => {
    const { lists } = scene(() => {
      throw new Error('no answer')
    })
    for (const way of [lists.keep, lists.keepAhead] as const) {
      const lost = await way(KEY, plan(), wanted(), go, SIGNAL).catch((error: unknown) => error)
      expect(lost).to.be.instanceOf(Error).with.property('message', 'no answer')
    }
  })

  it('are deleted one after the other, and one that may not be shields no other', async () => {
    const left = await Promise.all(['a', 'b', 'c'].map(async stage => await partOf(stage)))
    const { lists, clock, deleted } = scene(() => {}, left)
    const ended = plan({ status: { phase: 'cancelled' } })
    for (const [at, clean, tried] of [
      [0, false, 1],
      [1, false, 2],
      [2, false, 3],
      [9_999, false, 3],
      [10_000, false, 4],
    ] as const) {
      clock.at = at
      expect(await lists.sweep(KEY, ended, SIGNAL)).to.equal(clean)
      expect(deleted).to.have.length(tried)
    }
    expect(new Set(deleted).size).to.equal(3)
  })
})

async function namesOf(list: ReturnType<typeof wanted>): Promise<readonly string[]> {
  const { lists, created } = scene()
  await lists.keep(KEY, plan(), list, go, SIGNAL)
  return created
}

async function partOf(stage: string): Promise<MembershipPart> {
  const [name = ''] = await namesOf(wanted(stage))
  return { metadata: { name, namespace: 'fleet', uid: `uid-${stage}` }, data: { stage, digest: 'x' } } as never
}
