import { expect } from 'chai'
import { ApiError, TransportError } from '../../operator/kube/errors.ts'
import { decideRetry, retryAfterOf } from '../../operator/kube/retry.ts'

const fresh = { reauthenticated: false, reconnected: false, waits: 0 }
const api = (code: number, retryAfterMs?: number) => new ApiError('x', code, { reason: '', message: '' }, retryAfterMs)
const broken = (code: TransportError['code']) => new TransportError('x', code, 'm')

describe('decideRetry', () => {
  for (const [title, method, error, attempts, kind] of [
    ['a first 401', 'POST', api(401), fresh, 'reauthenticate'],
    ['a second 401', 'GET', api(401), { ...fresh, reauthenticated: true }, 'give_up'],
    ['429 with Retry-After', 'PUT', api(429, 500), fresh, 'wait'],
    ['503 with Retry-After', 'GET', api(503, 500), fresh, 'wait'],
    ['429 without', 'GET', api(429), fresh, 'give_up'],
    ['429 for a POST', 'POST', api(429, 500), fresh, 'give_up'],
    ['429 for the fourth time', 'GET', api(429, 500), { ...fresh, waits: 3 }, 'give_up'],
    ['a wait beyond the deadline', 'GET', api(429, 10_000), fresh, 'give_up'],
    ['500 with Retry-After', 'GET', api(500, 500), fresh, 'give_up'],
    ['a reset GET', 'GET', broken('reset'), fresh, 'reconnect'],
    ['a refused GET', 'GET', broken('connection_refused'), fresh, 'reconnect'],
    ['a second reset', 'GET', broken('reset'), { ...fresh, reconnected: true }, 'give_up'],
    ['a reset PUT', 'PUT', broken('reset'), fresh, 'give_up'],
    ['a GET that timed out', 'GET', broken('timeout'), fresh, 'give_up'],
    ['a certificate that is wrong', 'GET', broken('tls'), fresh, 'give_up'],
    ['something unknown', 'GET', new Error('bug'), fresh, 'give_up'],
  ] as const) {
    it(`${title}: ${kind}`, () => {
      expect(decideRetry(method, error, attempts, 10_000).kind).to.equal(kind)
    })
  }
})

describe('retryAfterOf', () => {
  const date = Date.parse('2026-11-24T12:00:00Z')
  for (const [header, ms] of [
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['0', 0],
    [' 7 ', 7_000],
    ['999999999', 3_600_000],
    ['Tue, 24 Nov 2026 12:00:09 GMT', 9_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ] as const) {
    it(`reads ${JSON.stringify(header)} as ${ms} ms`, () => {
      expect(retryAfterOf(header, date)).to.equal(ms)
    })
  }

  it('cannot tell a date from an answer without one', () => {
    expect(retryAfterOf('Tue, 24 Nov 2026 12:00:09 GMT', undefined)).to.equal(undefined)
  })
})
