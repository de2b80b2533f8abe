import { expect } from 'chai'
import { readBitmap, writeBitmap } from '../../operator/rollout/bitmap.ts'

const list = (text: string | undefined, most = 64) => {
  const { has } = readBitmap(text)
  return Array.from({ length: most }, (_, index) => index).filter(has)
}

describe('bitmap', () => {
  it('gives back the indices that were written', () => {
    const indices = [0, 3, 7, 8, 15, 16, 40]
    expect(list(writeBitmap(indices))).to.deep.equal(indices)
  })

  it('knows how many indices it holds', () => {
    expect(readBitmap(writeBitmap([0, 3, 7, 8, 15, 16, 40])).size).to.equal(7)
    expect(readBitmap(writeBitmap([5, 5, 5])).size).to.equal(1)
  })

  it('is the empty text when nothing is in it', () => {
    expect(writeBitmap([])).to.equal('')
    expect(readBitmap('').size).to.equal(0)
    expect(readBitmap(undefined).size).to.equal(0)
    expect(list(undefined)).to.deep.equal([])
  })

  it('puts the lowest index into the least significant bit, in base64', () => {
    expect(writeBitmap([0])).to.equal(Buffer.from([0b0000_0001]).toString('base64'))
    expect(writeBitmap([1, 9])).to.equal(Buffer.from([0b0000_0010, 0b0000_0010]).toString('base64'))
  })

  it('does not depend on the order of the indices', () => {
    expect(writeBitmap([9, 1, 4])).to.equal(writeBitmap([1, 4, 9]))
  })

  it('leaves out zeros at the end, and has nothing beyond its end', () => {
    expect(writeBitmap([2])).to.have.length(4)
    expect(readBitmap(writeBitmap([2])).has(1_000_000)).to.equal(false)
  })

  it('holds ten thousand members in less than 1.7 KB', () => {
    const everyone = writeBitmap(Array.from({ length: 10_000 }, (_, index) => index))
    expect(everyone.length).to.be.at.most(1700)
    expect(readBitmap(everyone).size).to.equal(10_000)
  })
})
