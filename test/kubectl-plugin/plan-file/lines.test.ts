import { expect } from 'chai'
import { lineOf, linesOf } from '../../../kubectl-plugin/plan-file/lines.ts'

const TEXT = `# a plan
kind: RolloutPlan
spec:
  stages:
    - id: a
      nodes: { limit: 1,
               selector: {} }
    -
      id: b
      gates: [{ kind: manual },
              { kind: time_soak }]
---
---
plan_id: x
`

describe('lines of a YAML file', () => {
  const [first, , third] = linesOf(TEXT)
  const places: readonly (readonly [path: string, line: number])[] = [
    ['kind', 2],
    ['spec', 3],
    ['spec.stages', 4],
    ['spec.stages[0]', 5],
    ['spec.stages[0].id', 5],
    ['spec.stages[0].nodes', 6],
    ['spec.stages[0].nodes.selector', 7],
    ['spec.stages[1].id', 9],
    ['spec.stages[1].gates[1].kind', 11],
  ]
  for (const [path, line] of places)
    it(`have ${path} on line ${line}`, () => {
      expect(lineOf(first, path)).to.equal(line)
    })

  it('count through all documents, empty ones too', () => {
    expect(lineOf(third, 'plan_id')).to.equal(14)
  })

  it('have what is missing where it would belong', () => {
    expect(lineOf(first, 'spec.stages[0].batchSize')).to.equal(5)
    expect(lineOf(first, 'nothing.at.all')).to.equal(undefined)
  })

  it('are those of JSON too', () => {
    const [json] = linesOf('{\n  "spec": {\n    "stages": []\n  }\n}\n')
    expect(lineOf(json, 'spec.stages')).to.equal(3)
  })

  it('do not stumble over anchors', () => {
    const [lines] = linesOf('a: &x { b: 1 }\nc: *x\nd:\n  - *x\n  - e\n')
    expect([lineOf(lines, 'c'), lineOf(lines, 'd[1]')]).to.deep.equal([2, 5])
  })
})
