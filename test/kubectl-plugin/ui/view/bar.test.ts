import { expect } from 'chai'
import fc from 'fast-check'
import { bar } from '../../../../kubectl-plugin/ui/view/bar.ts'
import { ascii, glyphsFor, unicode } from '../../../../kubectl-plugin/ui/view/glyphs.ts'
import { KINDS, NOBODY, type Shares } from '../../../../kubectl-plugin/ui/view/shares.ts'

const drawn = (shares: Partial<Shares>, width: number) =>
  bar({ ...NOBODY, ...shares }, width)
    .map(({ kind, cells }) => unicode.bar[kind].repeat(cells))
    .join('')

describe('the bar of a stage', () => {
  const cases = [
    ['shares its cells by numbers', { activated: 3, pending: 3 }, 10, '█████·····'],
    [
      'shows every state in its own sign',
      { activated: 1, inFlight: 1, failed: 1, unreachable: 1, pending: 1, gone: 1 },
      6,
      '█▒x?·-',
    ],
    ['shows one failed node of ten thousand', { activated: 9_999, failed: 1 }, 10, '█████████x'],
    ['shows one activated node of ten thousand', { activated: 1, pending: 9_999 }, 10, '█·········'],
    ['keeps what is urgent when there are too few cells', { activated: 90, failed: 5, pending: 5 }, 2, '█x'],
    ['is empty for a stage without nodes', {}, 10, ''],
    ['is empty without cells', { activated: 1 }, 0, ''],
  ] as const
  for (const [what, shares, width, picture] of cases) it(what, () => expect(drawn(shares, width)).to.equal(picture))

  const shares = fc.record(Object.fromEntries(KINDS.map(kind => [kind, fc.nat(20_000)]))) as fc.Arbitrary<Shares>

  it('fills exactly its width, whatever the numbers', () =>
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 120 }), (shares, width) => {
        const cells = bar(shares, width).reduce((sum, { cells }) => sum + cells, 0)
        const present = KINDS.filter(kind => shares[kind] > 0).length
        expect(cells).to.equal(present === 0 ? 0 : width)
      }),
    ))

  it('has a cell for every state that has a node, as long as there are cells', () =>
    fc.assert(
      fc.property(shares, fc.integer({ min: KINDS.length, max: 120 }), (shares, width) => {
        const shown = bar(shares, width).filter(({ cells }) => cells > 0)
        expect(shown.map(({ kind }) => kind)).to.deep.equal(KINDS.filter(kind => shares[kind] > 0))
      }),
    ))
})

describe('the signs', () => {
  for (const [name, glyphs] of [
    ['of a terminal with UTF-8', unicode],
    ['of a terminal without', ascii],
  ] as const)
    it(`${name} differ in shape, not only in colour`, () => {
      expect(new Set(Object.values(glyphs.bar)).size).to.equal(KINDS.length)
      expect(
        new Set([glyphs.good, glyphs.bad, glyphs.unknown, glyphs.moving, glyphs.waiting, glyphs.stopped]).size,
      ).to.equal(6)
    })

  const locales = [
    [{ LANG: 'en_GB.UTF-8' }, unicode],
    [{ LANG: 'C.utf8' }, unicode],
    [{}, unicode],
    [{ LANG: 'C' }, ascii],
    [{ LC_ALL: 'POSIX', LANG: 'en_GB.UTF-8' }, ascii],
    [{ LC_ALL: '', LANG: 'de_DE.UTF-8' }, unicode],
    [{ LANG: 'en_GB.UTF-8', TERM: 'linux' }, ascii],
  ] as const
  for (const [env, glyphs] of locales)
    it(`go by the locale: ${JSON.stringify(env)}`, () => expect(glyphsFor(env)).to.equal(glyphs))
})
