import { expect } from 'chai'
import { Failure } from '../../operator/rest/failure.ts'
import { shares } from '../../operator/rest/share.ts'

const codeOf = (take: () => unknown): number => {
  try {
    take()
  } catch (error) {
    if (error instanceof Failure) return error.parts.code
    throw error
  }
  return 200
}

describe('shares of the requests under way', () => {
  it('end at 200 for one caller, and leave room for others', () => {
    const { take } = shares()
    for (let count = 0; count < 200; count += 1) take('mallory')
    expect(codeOf(() => take('mallory'))).to.equal(429)
    expect(codeOf(() => take('alice'))).to.equal(200)
  })

  it('end at 500 for all callers', () => {
    const { take } = shares()
    for (let count = 0; count < 500; count += 1) take(`user-${count}`)
    expect(codeOf(() => take('alice'))).to.equal(429)
  })

  it('are free again once given back, each once', () => {
    const { take } = shares()
    const given = Array.from({ length: 200 }, () => take('alice'))
    given[0]?.()
    given[0]?.()
    expect(codeOf(() => take('alice'))).to.equal(200)
    expect(codeOf(() => take('alice'))).to.equal(429)
  })
})
