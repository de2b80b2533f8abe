import { expect } from 'chai'
import { logFlaws } from './health.ts'

describe('log of a replica', () => {
  it('may tell of refusals, and of what they were caused by', () => {
    const error = { name: 'ApiError', message: 'HTTP 503', cause: { name: 'SyntaxError', message: 'no JSON' } }
    expect(logFlaws(`${JSON.stringify({ level: 'error', msg: 'reconcile failed', error })}\n`)).to.deep.equal([])
  })

  it('may not tell of a mistake in the program', () => {
    const error = { name: 'TypeError', message: 'x is not a function' }
    expect(logFlaws(`${JSON.stringify({ level: 'error', error })}\n`)).to.have.length(1)
  })

  it('may not hold what Node prints when a rejection is not handled', () => {
    const text = 'node:internal/process/promises:394\n      triggerUncaughtException(err, true);\n'
    expect(logFlaws(text)).to.have.length(2)
  })
})
