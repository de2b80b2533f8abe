import { expect } from 'chai'
import fc from 'fast-check'
import { Failure } from '../../../operator/rest/failure.ts'
import { parseUrl, printable } from '../../../operator/rest/path.ts'
import { refusal } from '../failing.ts'

const segmentsOf = (url: string) => {
  const { path, segments } = parseUrl(url)
  return segments ?? path
}

describe('path of a request', () => {
  it('is read the same behind both prefixes', () => {
    expect(segmentsOf('/v1/rollouts/a')).to.deep.equal(['rollouts', 'a'])
    expect(segmentsOf('/apis/orchestrator.autonomyops.dev/v1/rollouts/a?x=1')).to.deep.equal(['rollouts', 'a'])
  })

  it('that is not of the surface is left whole', () => {
    for (const path of ['/', '/v1', '/v10/rollouts', '/openapi/v3', '/apis/orchestrator.autonomyops.dev/v1'])
      expect(segmentsOf(path)).to.equal(path)
  })

  for (const [path, what] of [
    ['/v1/rollouts/a%2Fb', 'encoded slash'],
    ['/v1/rollouts/a%2fb', 'encoded slash'],
    ['/v1/rollouts/a%5Cb', 'encoded slash or a backslash'],
    ['/v1/rollouts/a\\b', 'backslash'],
    ['/v1/rollouts//a', 'segment 2 is empty'],
    ['/v1/rollouts/', 'segment 2 is empty'],
    ['/v1/rollouts/..', 'relative step'],
    ['/v1/rollouts/%2e%2E/x', 'relative step'],
    ['/v1/./rollouts', 'relative step'],
    ['/v1/rollouts/a%00', 'control character'],
    ['/v1/rollouts/a%0d%0aX: y', 'control character'],
    ['/v1/rollouts/%252F', 'encoded twice'],
    ['/v1/rollouts/%zz', 'percent-encoded'],
    ['/v1/rollouts/%ff', 'percent-encoded'],
    ['v1/rollouts', 'does not start with'],
  ] as const)
    it(`${printable(path)} is refused: ${what}`, () => {
      const { code, error, message } = refusal(() => parseUrl(path))
      expect({ code, error }).to.deep.equal({ code: 400, error: 'bad_path' })
      expect(message).to.include(what)
    })

  it('is refused when it is very long', () => {
    expect(refusal(() => parseUrl(`/v1/${'a'.repeat(9_000)}`))).to.include({ code: 414, error: 'url_too_long' })
  })

  it('is either refused or read so that writing it gives the same path', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { minLength: 1, maxLength: 4 }), words => {
        const path = `/v1/${words.map(encodeURIComponent).join('/')}`
        try {
          expect(segmentsOf(path)).to.deep.equal(words)
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          const strange = (word: string) => word === '' || word === '.' || word === '..' || /[\p{Cc}/\\%]/u.test(word)
          expect(words.some(strange)).to.equal(true)
        }
      }),
    )
  })

  it('ends in nothing but a refusal, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          parseUrl(`/v1/${text}`)
        } catch (error) {
          expect(error).to.be.instanceOf(Failure)
        }
      }),
    )
  })
})
