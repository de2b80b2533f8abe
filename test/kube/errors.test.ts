import { expect } from 'chai'
import * as errors from '../../operator/kube/errors.ts'
import { readRefusal } from '../../operator/kube/refusal.ts'

const api = (code: number, reason: string, message = 'm', retryAfterMs?: number) =>
  new errors.ApiError('PUT /x', code, { reason, message }, retryAfterMs)

const oversize =
  'rpc error: code = ResourceExhausted desc = trying to send message larger than max (2097999 vs. 2097152)'

describe('errors', () => {
  const cases: readonly (readonly [string, (error: unknown) => boolean, readonly unknown[], readonly unknown[]])[] = [
    [
      'isNotFound: an object is missing, not its kind',
      errors.isNotFound,
      [api(404, 'NotFound')],
      [api(404, ''), api(410, 'Gone'), new Error('NotFound')],
    ],
    [
      'isNotServed: a kind is missing, not an object',
      errors.isNotServed,
      [api(404, '')],
      [api(404, 'NotFound'), api(503, '')],
    ],
    ['isConflict', errors.isConflict, [api(409, 'Conflict'), api(409, '')], [api(409, 'AlreadyExists'), api(412, '')]],
    ['isAlreadyExists', errors.isAlreadyExists, [api(409, 'AlreadyExists')], [api(409, 'Conflict')]],
    ['isGone', errors.isGone, [api(410, 'Expired'), api(410, ''), api(500, 'Expired')], [api(404, 'NotFound')]],
    ['isForbidden', errors.isForbidden, [api(403, 'Forbidden')], [api(401, 'Unauthorized')]],
    [
      'isThrottled',
      errors.isThrottled,
      [api(429, 'TooManyRequests'), api(503, '', 'm', 1_000)],
      [api(503, ''), api(500, '', 'm', 1_000)],
    ],
    [
      'isPermanent: the same request will never be accepted',
      errors.isPermanent,
      [
        api(400, 'BadRequest'),
        api(413, 'RequestEntityTooLarge'),
        api(422, 'Invalid'),
        api(500, '', 'etcdserver: request is too large'),
        api(500, '', oversize),
      ],
      [
        api(403, 'Forbidden'),
        api(409, 'Conflict'),
        api(429, 'TooManyRequests'),
        api(500, 'InternalError'),
        new errors.TransportError('PUT /x', 'timeout', 'm'),
        'text',
      ],
    ],
  ]
  for (const [title, holds, yes, no] of cases) {
    it(title, () => {
      expect(yes.filter(error => !holds(error))).to.deep.equal([])
      expect(no.filter(error => holds(error))).to.deep.equal([])
    })
  }

  it('askedPauseMs is 0 where the server asked for nothing', () => {
    expect(errors.askedPauseMs(api(429, '', 'm', 5_000))).to.equal(5_000)
    expect(errors.askedPauseMs(api(429, ''))).to.equal(0)
    expect(errors.askedPauseMs(new Error('x'))).to.equal(0)
  })
})

describe('refusal', () => {
  it('keeps the details of a Status, and no more than twenty causes', () => {
    const causes = Array.from({ length: 30 }, (_, index) => ({ field: `f${index}`, reason: 'x', other: 1 }))
    const body = {
      kind: 'Status',
      reason: 'Invalid',
      message: 'm',
      details: { name: 'a', uid: 'u', retryAfterSeconds: 2, causes },
    }
    const { details } = readRefusal(JSON.stringify(body))
    expect(details).to.include({ name: 'a', uid: 'u', retryAfterSeconds: 2 })
    expect(details?.causes).to.have.length(20)
    expect(details?.causes?.[0]).to.deep.equal({ field: 'f0', reason: 'x' })
  })

  for (const body of [
    '',
    'null',
    '"text"',
    '[]',
    '{"kind":"Status"',
    '{"kind":"Pod"}',
    '{"kind":"Status","details":[1]}',
  ]) {
    it(`makes something of ${body || 'nothing'}`, () => {
      expect(readRefusal(body)).to.include({ reason: '' })
    })
  }
})
