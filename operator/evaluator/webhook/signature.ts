import { createHmac } from 'node:crypto'

const KEY = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/

/** The bytes of a key as a Secret has it, `whsec_` and 24 to 64 bytes in base64; undefined when it is none. */
export function signingKeyOf(text: string): Buffer | undefined {
  const encoded = KEY.exec(text.trim())?.[1]
  if (encoded === undefined) return undefined
  const key = Buffer.from(encoded, 'base64')
  return key.length >= 24 && key.length <= 64 ? key : undefined
}

/**
 * Headers that say who asks, as https://www.standardwebhooks.com has them: the signature is HMAC-SHA256 over
 * `id.timestamp.body`. The id is that of the evaluation and the same when it is sent again; the time is that of sending.
 *
 * @param now epoch milliseconds
 */
export function signed(key: Buffer, id: string, now: number, body: string): Readonly<Record<string, string>> {
  const time = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` }
}
