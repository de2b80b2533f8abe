import { expect } from 'chai'
import { cut } from '../../operator/rollout/cut.ts'

describe('cut', () => {
  it('keeps a text that is short enough, and the beginning of a longer one', () => {
    expect(cut('abc', 3)).to.equal('abc')
    expect(cut('abcd', 3)).to.equal('abc')
  })

  it('leaves a text that the API server keeps as it is: no half of a character at its end', () => {
    const text = cut('ab😀', 3)
    expect(text).to.have.length(3)
    expect(Buffer.from(text, 'utf8').toString('utf8')).to.equal(text)
  })
})
