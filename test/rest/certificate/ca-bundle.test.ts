import { expect } from 'chai'
import type { Client } from '../../../operator/kube/client.ts'
import type { RawObject } from '../../../operator/kube/object.ts'
import { keepCaBundle } from '../../../operator/rest/certificate/ca-bundle.ts'
import { bookmark, scriptedClient } from '../../kube/scripted-client.ts'
import { fakeClock } from '../../runtime/fake-clock.ts'
import { quiet } from '../../runtime/log-lines.ts'

const NAME = 'v1.orchestrator.autonomyops.dev'
const base64 = (text: string) => Buffer.from(text).toString('base64')

const service = (version: number, caBundle: string): RawObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: {
    name: NAME,
    uid: 'u',
    resourceVersion: String(version),
    creationTimestamp: '2026-11-24T12:00:00Z',
  },
  spec: { caBundle: base64(caBundle) },
})

/** A replica that trusts `first`, and what the Secret holds when it looks. */
function scene(first: string) {
  const clock = fakeClock()
  const server = scriptedClient()
  const patches: string[] = []
  const secret = { holds: first }
  let trusted = first
  let version = 100
  const client = {
    ...server.client,
    mergePatch: async (_: unknown, __: unknown, { spec }: { readonly spec: { readonly caBundle: string } }) => {
      patches.push(Buffer.from(spec.caBundle, 'base64').toString())
      return { ...service(0, ''), metadata: { ...service((version += 1), '').metadata }, spec }
    },
  } as unknown as Client
  const source = {
    current: () => undefined,
    trusted: () => trusted,
    subscribe: () => () => {},
    look: async () => void (trusted = secret.holds),
    run: async () => {},
  }
  const end = new AbortController()
  const keeping = keepCaBundle(NAME, source, { client, clock, log: quiet }, end.signal)
  const becomes = async (caBundle: string) => {
    server.last().send({ kind: 'modified', object: service((version += 1), caBundle) })
    await clock.advance(0)
  }
  const start = async (caBundle: string) => {
    await clock.advance(0)
    server.last().send({ kind: 'added', object: service(3, caBundle) }, bookmark(7, true))
    await clock.advance(0)
  }
  return { clock, patches, secret, start, becomes, stop: async () => (end.abort(), await keeping) }
}

describe('caBundle', () => {
  it('is mended at once when somebody empties it, and asked for no more', async () => {
    const { clock, patches, start, becomes, stop } = scene('ours')
    await start('ours')
    expect(patches).to.deep.equal([])
    await becomes('')
    expect(patches).to.deep.equal(['ours'])
    await clock.advance(3_600_000)
    expect(patches).to.deep.equal(['ours'])
    await stop()
  })

  it('is left alone by a replica that learns of a newer authority by it', async () => {
    const { patches, secret, start, becomes, stop } = scene('old')
    await start('old')
    secret.holds = 'new'
    await becomes('new')
    expect(patches).to.deep.equal([])
    await stop()
  })

  it('is fought over at most every ten seconds', async () => {
    const { clock, patches, start, becomes, stop } = scene('ours')
    await start('theirs')
    for (let second = 0; second < 30; second += 1) {
      await becomes('theirs')
      await clock.advance(1_000)
    }
    expect(patches).to.have.length.within(3, 4)
    await stop()
  })
})
