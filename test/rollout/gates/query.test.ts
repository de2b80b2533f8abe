import { expect } from 'chai'
import fc from 'fast-check'
import { LONGEST_QUERY, fillIn, strayVariables, windowOf } from '../../../operator/rollout/gates/query.ts'

const VARIABLES = { nodes: ['n1.example', 'n2'], release: '1.4.2', namespace: 'fleet', plan: 'agent', stage: 'canary' }

const filled = (query: string, variables = VARIABLES) => {
  const result = fillIn(query, variables)
  return 'query' in result ? result.query : `trouble: ${result.trouble}`
}

describe('the query of a metric gate', () => {
  it('names nodes as alternatives that match nothing but them, in each way to quote', () => {
    for (const quote of ['"', "'", '`'])
      expect(filled(`up{node=~${quote}{{nodes}}${quote}}`)).to.equal(`up{node=~${quote}n1[.]example|n2${quote}}`)
  })

  it('names everything else as it is where it is compared, and as a pattern where it is matched', () => {
    expect(filled('up{release="{{release}}",namespace="{{namespace}}",plan="{{plan}}",stage="{{stage}}"}')).to.equal(
      'up{release="1.4.2",namespace="fleet",plan="agent",stage="canary"}',
    )
    expect(filled('up{image=~".*:{{release}}", job!~"x-{{release}}"}')).to.equal(
      'up{image=~".*:1[.]4[.]2", job!~"x-1[.]4[.]2"}',
    )
  })

  it('takes the name of one node where it is compared, and refuses several there', () => {
    expect(filled('up{node="{{nodes}}"}', { ...VARIABLES, nodes: ['n1.example'] })).to.equal('up{node="n1.example"}')
    expect(filled('up{node="{{nodes}}"}')).to.include('match by =~ or !~')
  })

  it('leaves comments, other braces and escaped quotes alone', () => {
    expect(filled('up{a="\\"{b}"} # {{nodes}}')).to.equal('up{a="\\"{b}"} # {{nodes}}')
    expect(filled('sum by (node) (up{node=~"{{nodes}}"})')).to.equal('sum by (node) (up{node=~"n1[.]example|n2"})')
  })

  it('refuses a variable outside of quotes: there it would be code', () => {
    expect(strayVariables('up{{{nodes}}}')).to.deep.equal(['{{nodes}}'])
    expect(filled('rate({{release}}[5m])')).to.include('{{release}} outside of quotes')
    expect(strayVariables('up{node=~"{{nodes}}"}')).to.deep.equal([])
  })

  it('asks about no nodes when there are none', () => {
    expect(filled('up{node=~"{{nodes}}"}', { ...VARIABLES, nodes: [] })).to.include('no nodes')
  })

  it('has room for ten thousand nodes, and says so when it has not', () => {
    const names = (length: number) => Array.from({ length: 10_000 }, (_, index) => `${index}`.padStart(length, 'n'))
    expect(filled('up{node=~"{{nodes}}"}', { ...VARIABLES, nodes: names(50) }).length).to.be.below(LONGEST_QUERY)
    expect(filled('up{node=~"{{nodes}}"}', { ...VARIABLES, nodes: names(60) })).to.match(/^trouble: .*10000 nodes/)
  })

  it('lets no value leave its quotes, whatever it is', () => {
    const value = fc.string({
      unit: fc.constantFrom('a', '.', '"', "'", '`', '\\', '}', '|', '(', ')', '^', '$', '{', '\n'),
    })
    fc.assert(
      fc.property(value, fc.constantFrom('"', "'"), (release, quote) => {
        const literal = filled(`a{b=${quote}{{release}}${quote}}`, { ...VARIABLES, release })
        expect(unquoted(literal.slice(4, -1), quote)).to.equal(release)
        const pattern = unquoted(
          filled(`a{b=~${quote}{{release}}${quote}}`, { ...VARIABLES, release }).slice(5, -1),
          quote,
        )
        expect(new RegExp(`^(?:${pattern})$`, 's').exec(release)?.[0]).to.equal(release)
      }),
    )
  })
})

/** A string of PromQL as it is read; fails when it ends early. */
function unquoted(text: string, quote: string): string {
  expect(text.startsWith(quote) && text.endsWith(quote)).to.equal(true)
  const inner = text.slice(1, -1)
  expect(inner.replaceAll(/\\[\s\S]/g, '')).not.to.include(quote)
  return inner.replaceAll(/\\([\s\S])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

describe('the window of a query', () => {
  for (const [query, seconds] of [
    ['up', 0],
    ['rate(errors[5m])', 300],
    ['rate(errors[5m]) / rate(requests[1h30m])', 5400],
    ['max_over_time(rate(errors[5m])[1h:1m])', 3900],
    ['rate(errors[5m] offset 1h)', 3900],
    ['rate(errors[5m] offset -1h)', 300],
    ['rate(errors{path="[9h]"}[90s]) # [2d]', 90],
    ['rate(errors[300])', 300],
    ['rate(errors[1d12h])', 129_600],
    ['rate(errors[500ms])', 0.5],
  ] as const)
    it(`${query} is ${seconds} s`, () => expect(windowOf(query)).to.equal(seconds * 1000))
})
