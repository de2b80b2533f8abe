import { expect } from 'chai'
import { verdictOf } from '../../../operator/evaluator/webhook/verdict.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const PASSED = '{"state":"passed"}'

/** Every answer that is none, and what is made of it. */
const NOTHING: readonly (readonly [
  what: string,
  status: number,
  type: string | undefined,
  body: string,
  says: RegExp,
])[] = [
  ['a redirect', 307, JSON_TYPE, PASSED, /^redirected \(307\), which is not followed/],
  ['wrong credentials', 401, JSON_TYPE, PASSED, /^access denied \(401\)/],
  ['no right', 403, JSON_TYPE, PASSED, /^access denied \(403\)/],
  ['nobody at this path', 404, JSON_TYPE, PASSED, /^there is nothing at this address/],
  ['too many questions', 429, JSON_TYPE, PASSED, /^asked too often/],
  ['trouble over there', 503, JSON_TYPE, PASSED, /^server error \(503\)$/],
  [
    'a verdict that comes later',
    202,
    JSON_TYPE,
    PASSED,
    /^answered 202: for a report that comes later the gate needs a callback$/,
  ],
  ['no content', 204, undefined, '', /^answered 204/],
  ['a page', 200, 'text/html', PASSED, /not of type application\/json/],
  ['no type', 200, undefined, PASSED, /not of type application\/json/],
  ['another JSON', 200, 'application/jsonl', PASSED, /not of type application\/json/],
  ['garbage', 200, JSON_TYPE, 'root:x:0:0:', /no JSON object/],
  ['half an answer', 200, JSON_TYPE, PASSED.slice(0, 9), /no JSON object/],
  ['a list', 200, JSON_TYPE, `[${PASSED}]`, /no JSON object|no state/],
  ['null', 200, JSON_TYPE, 'null', /no JSON object/],
  ['no state', 200, JSON_TYPE, '{"detail":"x"}', /no state that is one of passed, failed, unknown/],
  ['another state', 200, JSON_TYPE, '{"state":"ok"}', /no state that is one of/],
  ['a state in capitals', 200, JSON_TYPE, '{"state":"Passed"}', /no state that is one of/],
  ['a number for a state', 200, JSON_TYPE, '{"state":1}', /no state that is one of/],
  ['a detail that is no text', 200, JSON_TYPE, '{"state":"failed","detail":{}}', /detail of the answer is no text/],
]

describe('an answer of a webhook', () => {
  for (const [what, status, type, body, says] of NOTHING)
    it(`with ${what} is nothing, and why`, () => {
      const verdict = verdictOf(status, type, body)
      expect(verdict.kind).to.equal('nothing')
      if (verdict.kind === 'nothing') expect(verdict.why).to.match(says)
    })

  for (const state of ['passed', 'failed', 'unknown'])
    it(`says ${state}`, () => {
      const body = JSON.stringify({ state, detail: 'all is said', more: 1 })
      expect(verdictOf(200, JSON_TYPE, body)).to.deep.equal({ kind: 'said', state, detail: 'all is said' })
      expect(verdictOf(200, 'application/json', JSON.stringify({ state }))).to.include({ state, detail: '' })
    })

  it('promises a report with 202, where the gate waits for one', () => {
    expect(verdictOf(202, undefined, '', 1000)).to.deep.equal({ kind: 'taken', reportBy: 1000 })
    expect(verdictOf(200, JSON_TYPE, PASSED, 1000)).to.include({ kind: 'said', state: 'passed' })
    expect(verdictOf(204, undefined, '', 1000)).to.include({ kind: 'nothing' })
  })

  it('is told in one line, without what a terminal would obey', () => {
    const detail = ' a\u0000\n\u001b[31mb \u202ec\u2028 '
    expect(verdictOf(200, JSON_TYPE, JSON.stringify({ state: 'failed', detail }))).to.include({ detail: 'a [31mb c' })
  })

  it('is not read aloud where it is no verdict', () => {
    for (const [, status, type] of NOTHING)
      for (const body of ['hunter2', '{"password":"hunter2"}', '{"state":"hunter2","detail":"hunter2"}'])
        expect(JSON.stringify(verdictOf(status, type, body))).not.to.include('hunter2')
  })
})
