import { expect } from 'chai'
import fc from 'fast-check'
import { ambiguity, depthFlaw } from '../../../operator/rest/json.ts'

const word = fc.string({ unit: 'grapheme', maxLength: 6 }).filter(text => !/\p{Cc}/u.test(text))
const value = fc.letrec(tie => ({
  value: fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(word, tie('value'), { maxKeys: 3 }),
})).value

describe('JSON of a body', () => {
  it('that a serializer wrote is read in one way, however it is indented', () => {
    fc.assert(
      fc.property(value, fc.nat(4), (any, indent) => {
        expect(ambiguity(JSON.stringify(any, undefined, indent))).to.equal(undefined)
      }),
    )
  })

  it('with any of its keys given twice is not', () => {
    fc.assert(
      fc.property(value, word, (any, key) => {
        const inner = JSON.stringify(any)
        const name = JSON.stringify(key)
        const text = `[${inner},{${name}:${inner},"x${name.slice(1)}:1,${name}:${inner}}]`
        expect(ambiguity(text)).to.include(`has the key ${name} twice in one object, line 1, column `)
      }),
    )
  })

  it('may have the same key in objects beside and within each other', () => {
    expect(ambiguity('[{"a":{"a":[{"a":1},{"a":2}]}},{"a":"a"}]')).to.equal(undefined)
  })

  it('nests as deep as its brackets outside of strings', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.boolean(), (levels, objects) => {
        const [open, close] = objects ? ['{"[":', '}'] : ['[', ']']
        const flaw = depthFlaw(`${open.repeat(levels)}"${'['.repeat(40)}\\"{"${close.repeat(levels)}`)
        expect(flaw !== undefined).to.equal(levels > 16)
      }),
    )
  })
})
