import { expect } from 'chai'
import { signed, signingKeyOf } from '../../../operator/evaluator/webhook/signature.ts'
import { partsOf } from '../../docs/fence.ts'
import { readPage } from '../../docs/page.ts'
import { SIGNING_KEY } from './receiver.ts'

type IsGenuine = (key: string, headers: Readonly<Record<string, string>>, body: string, now: number) => boolean

const ID = 'uid/canary/smoke/1773820800000'
const BODY = '{"plan":"agent"}'
const now = Date.parse('2026-03-18T08:00:00Z')
const headers = signed(signingKeyOf(SIGNING_KEY) ?? Buffer.alloc(0), ID, now, BODY)

/** What docs/gates/webhook.md has receivers copy. */
async function copied(): Promise<IsGenuine> {
  const [code] = partsOf(readPage('docs/gates/webhook.md').text).flatMap(part =>
    part.kind === 'fence' && part.language === 'js' ? [part.text] : [],
  )
  const module: { readonly isGenuine: IsGenuine } = await import(
    `data:text/javascript,${encodeURIComponent(code ?? '')}`
  )
  return module.isGenuine
}

describe('what a receiver may copy from docs/gates/webhook.md', () => {
  it('takes a question of the operator', async () => {
    const isGenuine = await copied()
    expect(isGenuine(SIGNING_KEY, headers, BODY, now)).to.equal(true)
    expect(isGenuine(SIGNING_KEY, headers, BODY, now + 299_000)).to.equal(true)
  })

  it('takes one of several signatures, as when a key is changed', async () => {
    const several = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }
    expect((await copied())(SIGNING_KEY, several, BODY, now)).to.equal(true)
  })

  for (const [what, wrong] of [
    ['sent again later', { now: now + 301_000 }],
    ['from the future', { now: now - 301_000 }],
    ['with another body', { body: `${BODY} ` }],
    ['for another evaluation', { headers: { ...headers, 'webhook-id': `${ID}0` } }],
    ['with another time', { headers: { ...headers, 'webhook-timestamp': String(now / 1000 + 1) } }],
    ['with no time', { headers: { ...headers, 'webhook-timestamp': '' } }],
    ['without a signature', { headers: { ...headers, 'webhook-signature': '' } }],
    ['without any header', { headers: {} }],
    ['with another key', { key: `whsec_${Buffer.alloc(32).toString('base64')}` }],
  ] as const)
    it(`refuses one ${what}`, async () => {
      const parts = { key: SIGNING_KEY, headers, body: BODY, now, ...wrong }
      expect((await copied())(parts.key, parts.headers, parts.body, parts.now)).to.equal(false)
    })
})
