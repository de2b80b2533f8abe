import { expect } from 'chai'
import fc from 'fast-check'
import { type Span, drawn } from '../../../../kubectl-plugin/ui/view/span.ts'
import { widthOf } from '../../../../kubectl-plugin/ui/view/text.ts'

const line: readonly Span[] = [{ text: 'plan', tone: 'strong' }, { text: ' is ' }, { text: 'stuck', tone: 'bad' }]

describe('a drawn line', () => {
  const cases = [
    ['has its tones', line, 20, true, '\u001b[1mplan\u001b[22m is \u001b[1m\u001b[31mstuck\u001b[39m\u001b[22m'],
    ['has no colour where none is wanted', line, 20, false, '\u001b[1mplan\u001b[22m is \u001b[1mstuck\u001b[22m'],
    ['is cut in its last piece', line, 11, false, '\u001b[1mplan\u001b[22m is \u001b[1mst…\u001b[22m'],
    ['is cut between two pieces', line, 8, false, '\u001b[1mplan\u001b[22m is…'],
    ['is cut in its first piece', line, 3, false, '\u001b[1mpl…\u001b[22m'],
    ['is whole when it just fits', line, 13, false, '\u001b[1mplan\u001b[22m is \u001b[1mstuck\u001b[22m'],
    ['of blanks has no style', [{ text: '  ', tone: 'bad' }], 5, true, '  '],
  ] as const
  for (const [what, spans, width, color, text] of cases)
    it(what, () => expect(drawn(spans, width, color, '…')).to.equal(text))

  it('is never wider than its row', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            text: fc.string({ unit: 'grapheme', maxLength: 12 }),
            tone: fc.constantFrom('bad', 'plain', 'quiet'),
          }),
        ),
        fc.nat(40),
        (spans, width) => {
          fc.pre(spans.every(({ text }) => !text.includes('\u001b')))
          expect(widthOf(drawn(spans as readonly Span[], width, true, '…'))).to.be.at.most(width)
        },
      ),
    ))
})
