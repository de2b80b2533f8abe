import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { checkHeaders, headerText } from '../../../operator/rest/header.ts'
import { refusal } from '../failing.ts'

function check(pairs: readonly (readonly [name: string, value: string])[], httpVersion = '1.1'): void {
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]))
  checkHeaders({ rawHeaders: pairs.flat(), headers, httpVersion } as unknown as IncomingMessage)
}

const HOST = ['Host', 'localhost'] as const

describe('headers of a request', () => {
  for (const name of [
    ...['Authorization', 'Content-Encoding', 'Content-Type', 'Host', 'Idempotency-Key', 'X-Autonomy-Operator'],
  ])
    it(`have ${name} once, however it is written`, () => {
      const { code, error, message } = refusal(() =>
        check([HOST, [name, 'a'], ['X-Other', 'b'], [name.toUpperCase(), 'a']]),
      )
      expect({ code, error }).to.deep.equal({ code: 400, error: 'bad_header' })
      expect(message).to.equal(`the header ${name.toLowerCase()} is given more than once; send it once`)
    })

  it('may have those twice that are lists', () => {
    check([HOST, ['Accept', 'text/html'], ['Accept', '*/*'], ['X-Remote-Group', 'a'], ['X-Remote-Group', 'b']])
  })

  it('have a Host in HTTP/1.1, and need none in HTTP/1.0', () => {
    expect(refusal(() => check([])).message).to.include('host is missing')
    check([], '1.0')
  })

  it('have no condition that would be ignored', () => {
    for (const name of ['If-Match', 'If-Unmodified-Since'])
      expect(refusal(() => check([HOST, [name, 'x']])).message).to.include('preconditions.resourceVersion')
  })

  it('are text in UTF-8, which comes as latin1', () => {
    expect(headerText('x', Buffer.from('Zoë').toString('latin1'))).to.equal('Zoë')
    for (const text of ['', '\u00ff', 'a\tb', 'a'.repeat(257)])
      expect(refusal(() => headerText('x', text)).error).to.equal('bad_header')
  })
})
