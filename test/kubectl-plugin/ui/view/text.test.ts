import { expect } from 'chai'
import fc from 'fast-check'
import { cut, fit, plain, tail, widthOf, withoutLast, wrap } from '../../../../kubectl-plugin/ui/view/text.ts'

describe('text in a terminal', () => {
  describe('is measured in cells', () => {
    const cases = [
      ['robot-1', 7],
      ['机器人', 6],
      ['é', 1],
      ['👩‍🔧', 2],
    ] as const
    for (const [text, cells] of cases) it(`${text} has ${cells}`, () => expect(widthOf(text)).to.equal(cells))
  })

  describe('from outside is not obeyed', () => {
    const cases = [
      ['an escape sequence', 'red \u001b[31mtext', 'red \ufffd[31mtext'],
      ['a title that is set', '\u001b]0;owned\u0007', '\ufffd]0;owned\ufffd'],
      ['eight-bit controls', 'a\u009b2Jb', 'a\ufffd2Jb'],
      ['a turned direction of writing', 'safe\u202etxt', 'safe\ufffdtxt'],
      ['line ends', 'one\r\ntwo\tthree', 'one two three'],
    ] as const
    for (const [what, text, shown] of cases) it(what, () => expect(plain(text)).to.equal(shown))
  })

  describe('is cut to fit', () => {
    const cases = [
      ['robot-1', 7, 'robot-1'],
      ['robot-12', 7, 'robot-…'],
      ['机器人', 5, '机器…'],
      ['机器人', 4, '机…'],
      ['two words', 5, 'two…'],
      ['robot', 1, '…'],
      ['robot', 0, ''],
    ] as const
    for (const [text, width, shown] of cases)
      it(`${text} in ${width} cells`, () => expect(cut(text, width)).to.equal(shown))

    it('never wider than asked for', () =>
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.integer({ min: 0, max: 20 }), (text, width) => {
          expect(widthOf(cut(text, width))).to.be.at.most(width)
        }),
      ))
  })

  it('is filled up on the side that is asked for', () => {
    expect([fit('ab', 4), fit('ab', 4, 'right')]).to.deep.equal(['ab  ', '  ab'])
  })

  it('that is being typed shows its end', () => {
    expect([tail('short', 8), tail('a longer reason', 8)]).to.deep.equal(['short', '… reason'])
  })

  it('loses its last character as a person counts characters', () => {
    expect(['ok', 'é', '👩‍🔧', ''].map(withoutLast)).to.deep.equal(['o', '', '', ''])
  })

  describe('is broken into lines', () => {
    it('between words', () => expect(wrap('one two three', 8)).to.deep.equal(['one two', 'three']))
    it('inside a word that is too long', () => expect(wrap('abcdefgh', 3)).to.deep.equal(['abc', 'def', 'gh']))
    it('and says that it goes on', () =>
      expect(wrap('one two three four', 8, 2)).to.deep.equal(['one two', 'three f…']))
    it('none of them too wide, and no word lost', () =>
      fc.assert(
        fc.property(
          fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })),
          fc.integer({ min: 8, max: 30 }),
          (words, width) => {
            const text = words.map(word => word.replaceAll(/\s/g, '_')).join(' ')
            const lines = wrap(text, width)
            for (const line of lines) expect(widthOf(line)).to.be.at.most(width)
            expect(lines.join('').replaceAll(' ', '')).to.equal(text.replaceAll(' ', ''))
          },
        ),
      ))
  })
})
