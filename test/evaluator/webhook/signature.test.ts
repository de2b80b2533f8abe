import { expect } from 'chai'
import { Webhook } from 'standardwebhooks'
import { signed, signingKeyOf } from '../../../operator/evaluator/webhook/signature.ts'
import { SIGNING_KEY } from './receiver.ts'

const key = signingKeyOf(SIGNING_KEY) ?? Buffer.alloc(0)
const ID = 'uid/canary/smoke/1773820800000'
const BODY = '{"plan":"agent"}'
const accepts = (body: string, headers: Readonly<Record<string, string>>, secret = SIGNING_KEY) => {
  try {
    new Webhook(secret).verify(body, { ...headers })
    return true
  } catch {
    return false
  }
}

describe('the signature of a question', () => {
  it('is that of Standard Webhooks, as its own library has it', () => {
    const now = Date.now()
    const headers = signed(key, ID, now, BODY)
    expect(accepts(BODY, headers)).to.equal(true)
    expect(headers['webhook-signature']).to.equal(new Webhook(SIGNING_KEY).sign(ID, new Date(now), BODY))
  })

  it('holds for this body, evaluation, time and key alone', () => {
    const now = Date.now()
    const headers = signed(key, ID, now, BODY)
    expect(accepts('{"plan":"other"}', headers)).to.equal(false)
    expect(accepts(BODY, { ...headers, 'webhook-id': `${ID}1` })).to.equal(false)
    expect(accepts(BODY, { ...headers, 'webhook-timestamp': String(Math.floor(now / 1000) - 1) })).to.equal(false)
    expect(accepts(BODY, headers, `whsec_${Buffer.alloc(32, 7).toString('base64')}`)).to.equal(false)
  })

  it('is refused as a replay when its time is long past', () => {
    expect(accepts(BODY, signed(key, ID, Date.now() - 600_000, BODY))).to.equal(false)
  })
})

describe('a signing key', () => {
  it('has 24 to 64 bytes, and may end in a line', () => {
    for (const [bytes, fits] of [
      [23, false],
      [24, true],
      [64, true],
      [65, false],
    ] as const) {
      const text = `whsec_${Buffer.alloc(bytes, 1).toString('base64')}\n`
      expect(signingKeyOf(text)?.length, `${bytes}`).to.equal(fits ? bytes : undefined)
    }
  })

  for (const text of [
    '',
    'whsec_',
    'password',
    `${SIGNING_KEY.slice(6)}`,
    `${SIGNING_KEY}!`,
    'whsec_a===',
    `whsec_${'a'.repeat(33)}`,
  ])
    it(`is not "${text}"`, () => {
      expect(signingKeyOf(text)).to.equal(undefined)
    })
})
