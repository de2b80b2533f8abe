import { expect } from 'chai'
import { jsonpath } from '../../../kubectl-plugin/output/jsonpath.ts'
import { UsageError } from '../../../kubectl-plugin/cli/invocation.ts'

const LIST = {
  kind: 'List',
  items: [
    { name: 'a', phase: 'active', nodes: 3, gates: [{ name: 'soak' }, { name: 'manual' }], labels: { 'x.y/z': '1' } },
    { name: 'b', phase: 'paused', nodes: 7, gates: [], stuck: false },
    { name: 'c', phase: 'active', nodes: 9, gates: [{ name: 'manual' }] },
  ],
}

/** What kubectl prints of the same; the cluster suite asks kubectl itself about some of them. */
const PRINTED: readonly (readonly [template: string, text: string])[] = [
  ['{.kind}', 'List'],
  ['{$.kind}', 'List'],
  ['kind is {.kind}!', 'kind is List!'],
  ['{.items[*].name}', 'a b c'],
  ['{.items[0].name}', 'a'],
  ['{.items[-1].name}', 'c'],
  ['{.items[0,2].name}', 'a c'],
  ['{.items[0:2].name}', 'a b'],
  ['{.items[::2].name}', 'a c'],
  ["{.items[*]['name','nodes']}", 'a b c 3 7 9'],
  ['{.items[0].labels.x\\.y/z}', '1'],
  ["{.items[0].labels['x.y/z']}", '1'],
  ['{.items[?(@.phase=="active")].name}', 'a c'],
  ["{.items[?(@.phase == 'active')].name}", 'a c'],
  ['{.items[?(@.phase!="active")].name}', 'b'],
  ['{.items[?(@.nodes>3)].name}', 'b c'],
  ['{.items[?(@.nodes<=7)].name}', 'a b'],
  ['{.items[?(@.stuck)].name}', 'b'],
  ['{.items[?(@.stuck==false)].name}', 'b'],
  ['{.items[?(@.gates[0].name=="manual")].name}', 'c'],
  ['{..gates[*].name}', 'soak manual manual'],
  ['{.items[0].gates}', '[{"name":"soak"},{"name":"manual"}]'],
  ['{range .items[*]}{.name}{"\\t"}{.nodes}{"\\n"}{end}', 'a\t3\nb\t7\nc\t9\n'],
  ['{range .items[*]}{.name}:{range .gates[*]} {.name}{end};{end}', 'a: soak manual;b:;c: manual;'],
  ["{.items[*].name}{'\\n'}", 'a b c\n'],
  ['{.nothing}', ''],
  ['{.items[9].name}', ''],
  ['{.kind.deeper}', ''],
  ['no braces', 'no braces'],
  ['{"}"}', '}'],
]

const WRONG: readonly (readonly [template: string, says: string])[] = [
  ['{.items[*].name', 'a { has no }'],
  ['{.items[0}', 'a [ has no ]'],
  ['{range .items[*]}{.name}', 'a {range …} has no {end}'],
  ['{end}', '{end} has no {range …} before it'],
  ['{.items[x]}', '[x] is no index, slice, name or filter'],
  ['{"open}', 'a { has no }'],
]

describe('JSONPath as kubectl has it', () => {
  for (const [template, text] of PRINTED)
    it(`prints ${template}`, () => {
      expect(jsonpath(template, LIST)).to.equal(text)
    })

  for (const [template, says] of WRONG)
    it(`says why ${template} cannot be read`, () => {
      expect(() => jsonpath(template, LIST)).to.throw(UsageError, says)
    })

  it('never reaches what an object has inherited', () => {
    expect(jsonpath('{.constructor}{.__proto__}{.items.length}', LIST)).to.equal('')
  })
})
