import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { LARGEST_BODY, readBody } from '../../../operator/rest/body.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { refusalOf } from '../failing.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

function request(body: string | Buffer, headers: { readonly [name: string]: string } = JSON_TYPE): IncomingMessage {
  const chunks = body.length === 0 ? [] : [Buffer.from(body as string)]
  return Object.assign(Readable.from(chunks), { headers }) as unknown as IncomingMessage
}

const read = async (...parts: Parameters<typeof request>) =>
  await readBody(request(...parts), AbortSignal.timeout(5_000), systemClock())

describe('body of a request', () => {
  it('is its JSON, and nothing when there is none', async () => {
    expect(await read('{"a":[1]}')).to.deep.equal({ a: [1] })
    expect(await read('', {})).to.equal(undefined)
  })

  it('may say its character set, and that is UTF-8', async () => {
    expect(await read('"é"', { 'content-type': 'application/json; charset="UTF-8"' })).to.equal('é')
    expect(await refusalOf(read('1', { 'content-type': 'application/json; charset=latin1' }))).to.include({ code: 415 })
  })

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/jsonp'])
    it(`is not taken as ${type}`, async () => {
      const { code, error, message } = await refusalOf(read('{}', { 'content-type': type }))
      expect({ code, error }).to.deep.equal({ code: 415, error: 'unsupported_media_type' })
      expect(message).to.include(type)
    })

  it('is JSON when it has no type, as kubectl create --raw sends it', async () => {
    expect(await read('{"a":1}', {})).to.deep.equal({ a: 1 })
    expect(await refusalOf(read('a=1', {}))).to.include({ code: 400, error: 'malformed_json' })
  })

  it('is not taken without a type from a web page', async () => {
    expect(await refusalOf(read('{}', { origin: 'https://example.com' }))).to.include({ code: 415 })
  })

  it('is not taken compressed', async () => {
    expect(await refusalOf(read('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }))).to.include({ code: 415 })
  })

  for (const [name, body, place] of [
    ['cut off', '{"a":', 'ends too early'],
    ['with a stray word', '{"a": nope}', '"o" stands where it cannot'],
    ['with a mistake in the second line', '{"a": 1,\n b: 2}', 'line 2, column 2'],
    ['of 17 levels', `${'['.repeat(17)}${']'.repeat(17)}`, 'more than 16 levels deep, line 1, column 17'],
    ['not in UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'],
  ] as const)
    it(`is refused ${name}`, async () => {
      const { code, error, message } = await refusalOf(read(body as string))
      expect({ code, error }).to.deep.equal({ code: 400, error: 'malformed_json' })
      expect(message).to.include(place)
    })

  it('may have brackets in its strings', async () => {
    const text = `${'['.repeat(40)}\\"${'{'.repeat(40)}`
    expect(await read(`"${text}"`)).to.equal(text.replace('\\"', '"'))
  })

  it('is at most 64 KiB, announced or not', async () => {
    const largest = JSON.stringify('x'.repeat(LARGEST_BODY - 2))
    expect(await read(largest)).to.have.length(LARGEST_BODY - 2)
    expect(await refusalOf(read(`${largest} `))).to.include({ code: 413, error: 'body_too_large' })
  })

  it('is not asked for, or waited for, when it is announced as far too large', async () => {
    const waiting = { ...JSON_TYPE, 'content-length': String(LARGEST_BODY + 1), expect: '100-continue' }
    const vast = { ...JSON_TYPE, 'content-length': String(2 ** 40) }
    for (const headers of [waiting, vast]) expect(await refusalOf(read('{}', headers))).to.include({ code: 413 })
  })
})
