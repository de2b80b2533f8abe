import { expect } from 'chai'
import { queryForm, sampleOf } from '../../operator/evaluator/prometheus.ts'

const TIME = 1_773_821_800.5
const success = (data: unknown, more: object = {}) => JSON.stringify({ status: 'success', data, ...more })
const vector = (...values: readonly unknown[]) => ({
  resultType: 'vector',
  result: values.map(value => ({ metric: {}, value: [TIME, value] })),
})

/** Every answer there is, and what is made of it. */
const NOTHING: readonly (readonly [what: string, status: number, body: string, says: RegExp])[] = [
  ['an empty result', 200, success(vector()), /^no data: .*or vector\(0\)/],
  ['several series', 200, success(vector('1', '2', '3')), /^the query yields 3 series: aggregate/],
  ['NaN', 200, success(vector('NaN')), /NaN: something is divided by 0/],
  ['+Inf', 200, success(vector('+Inf')), /\+Inf: something is divided by 0/],
  ['-Inf', 200, success(vector('-Inf')), /-Inf/],
  ['text for a number', 200, success(vector('many')), /not a number/],
  ['an empty text', 200, success(vector('')), /not a number/],
  ['a number that is none of its form', 200, success(vector(1)), /not a number/],
  ['a histogram', 200, success({ resultType: 'vector', result: [{ metric: {}, histogram: [TIME, {}] }] }), /histogram/],
  ['a range', 200, success({ resultType: 'matrix', result: [] }), /yields a range/],
  ['a string', 200, success({ resultType: 'string', result: [TIME, 'x'] }), /yields a string/],
  ['no time', 200, success({ resultType: 'scalar', result: [null, '1'] }), /none of a Prometheus API/],
  ['no point', 200, success({ resultType: 'scalar', result: 3 }), /none of a Prometheus API/],
  ['a type nobody knows', 200, success({ resultType: 'tensor' }), /none of a Prometheus API/],
  ['no data', 200, success(undefined), /has no data/],
  ['no list', 200, success({ resultType: 'vector', result: 'x' }), /has no data/],
  ['a warning', 200, success(vector('1'), { warnings: ['one store is away'] }), /has a warning: one store is away/],
  ['a part', 200, success(vector('1'), { isPartial: true }), /^the answer is partial/],
  [
    'a refused query',
    400,
    '{"status":"error","errorType":"bad_data","error":"parse error at 3"}',
    /^the query is refused: parse error at 3/,
  ],
  [
    'a query too large',
    422,
    '{"status":"error","errorType":"execution","error":"too many samples"}',
    /refused: too many/,
  ],
  [
    'a time-out over there',
    503,
    '{"status":"error","errorType":"timeout","error":"timed out"}',
    /server error \(503\): timed/,
  ],
  ['an error with 200', 200, '{"status":"error","errorType":"internal"}', /server error \(200\): without a reason/],
  ['success with 500', 500, success(vector('1')), /server error \(500\)/],
  ['a redirect', 302, '', /redirected \(302\), which is not followed/],
  ['wrong credentials', 401, 'Unauthorized', /access denied \(401\)/],
  ['no right', 403, '{}', /access denied \(403\)/],
  ['another server', 404, '<html>', /no Prometheus API at this address/],
  ['too many questions', 429, '', /asked too often/],
  ['a proxy in trouble', 502, '<html>bad gateway</html>', /^server error \(502\)$/],
  ['garbage', 200, 'root:x:0:0:', /none of a Prometheus API \(200\)/],
  ['half an answer', 200, success(vector('1')).slice(0, 40), /none of a Prometheus API/],
  ['JSON of something else', 200, '{"secret":"value"}', /none of a Prometheus API/],
  ['null', 200, 'null', /none of a Prometheus API/],
]

describe('an answer of a Prometheus', () => {
  for (const [what, status, body, says] of NOTHING)
    it(`with ${what} is nothing, and why`, () => {
      const sample = sampleOf(status, body)
      expect(sample.kind).to.equal('nothing')
      if (sample.kind === 'nothing') expect(sample.why).to.match(says)
    })

  for (const [text, value] of [
    ['0', 0],
    ['0.061', 0.061],
    ['-3', -3],
    ['1e-9', 1e-9],
  ] as const)
    it(`with ${text} is that number, and of when it is`, () => {
      expect(sampleOf(200, success(vector(text)))).to.deep.equal({ kind: 'number', value, at: TIME * 1000 })
      const scalar = { resultType: 'scalar', result: [TIME, text] }
      expect(sampleOf(200, success(scalar))).to.deep.equal({ kind: 'number', value, at: TIME * 1000 })
    })

  it('may have notes that are no warnings', () => {
    expect(
      sampleOf(200, success(vector('1'), { infos: ['metric might not be a counter'], warnings: [] })).kind,
    ).to.equal('number')
  })

  it('is not read aloud where it is none: what only the operator can reach stays there', () => {
    for (const status of [200, 404, 500]) {
      const sample = sampleOf(status, 'password=hunter2')
      expect(JSON.stringify(sample)).not.to.include('hunter2')
    }
  })

  it('is quoted in short, in one line', () => {
    const long = JSON.stringify({ status: 'error', errorType: 'bad_data', error: `a\u0000\nb ${'x'.repeat(500)}` })
    const sample = sampleOf(400, long)
    expect(sample.kind === 'nothing' && sample.why).to.match(/^the query is refused: a b x{116}$/)
  })
})

describe('a question to a Prometheus', () => {
  it('is a form, with a time only where another than now is meant', () => {
    expect(queryForm('up{a="b&c"}', undefined, 10_000)).to.equal('query=up%7Ba%3D%22b%26c%22%7D&timeout=10s')
    expect(queryForm('up', 1_500, 1_000)).to.equal('query=up&timeout=1s&time=1.5')
  })
})
