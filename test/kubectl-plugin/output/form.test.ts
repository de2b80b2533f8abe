import { expect } from 'chai'
import { UsageError } from '../../../kubectl-plugin/cli/invocation.ts'
import { parse } from '../../../kubectl-plugin/cli/parse.ts'
import { COMMANDS } from '../../../kubectl-plugin/cli/table.ts'
import { formOf } from '../../../kubectl-plugin/output/form.ts'

function form(...flags: readonly string[]) {
  const parsed = parse(['rollout', 'stuck', ...flags], COMMANDS)
  if (parsed.kind !== 'run') throw new Error('no command')
  return formOf(parsed.invocation.values)
}

describe('the form of an answer', () => {
  it('is text for people unless something else is asked for', () => {
    expect(form()).to.deep.equal({ kind: 'text', wide: false })
    expect(form('-o', 'wide')).to.deep.equal({ kind: 'text', wide: true })
  })

  for (const kind of ['json', 'yaml', 'name'] as const)
    it(`may be ${kind}`, () => {
      expect(form('-o', kind)).to.deep.equal({ kind })
    })

  it('may be a JSONPath', () => {
    expect(form('-o', 'jsonpath={.phase}')).to.deep.equal({ kind: 'jsonpath', template: '{.phase}' })
  })

  const wrong: readonly (readonly [text: string, says: string])[] = [
    ['jason', '-o jason is not known; did you mean json?'],
    ['go-template', '-o go-template is not known; known are json, yaml, wide, name, jsonpath'],
    ['jsonpath', '-o jsonpath needs a template'],
    ['jsonpath=', '-o jsonpath needs a template'],
  ]
  for (const [text, says] of wrong)
    it(`is refused with what was meant: ${text}`, () => {
      expect(() => form('-o', text)).to.throw(UsageError, says)
    })
})
