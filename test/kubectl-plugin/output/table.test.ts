import { expect } from 'chai'
import { type Screen, paint, plain, screenOf } from '../../../kubectl-plugin/output/screen.ts'
import { fields, table } from '../../../kubectl-plugin/output/table.ts'

const PIPE: Screen = { columns: undefined, colour: false }
const COLUMNS = [{ title: 'NAME' }, { title: 'NODES', align: 'right' }, { title: 'MESSAGE' }] as const
const ROWS = [
  ['a', '3', 'short'],
  ['longer-name', '12', 'x'.repeat(100)],
]

describe('a table', () => {
  it('has its columns below each other, numbers to the right', () => {
    const [titles, first] = table(COLUMNS, ROWS, PIPE).split('\n')
    expect([titles, first]).to.deep.equal(['NAME          NODES   MESSAGE', 'a                 3   short'])
  })

  it('is never cut where nobody looks at a terminal', () => {
    expect(table(COLUMNS, ROWS, PIPE)).to.include('x'.repeat(100))
  })

  it('cuts its last column on a terminal, and says so', () => {
    const lines = table(COLUMNS, ROWS, { columns: 40, colour: false }).split('\n')
    expect(lines.map(line => [...line].length).filter(length => length > 40)).to.deep.equal([])
    expect(lines[2]).to.match(/x…$/)
  })

  it('keeps its columns straight when cells have a colour', () => {
    const rows = [[{ text: 'a', style: 'red' as const }, '1', 'm']]
    const coloured = table(COLUMNS, rows, { columns: undefined, colour: true })
    expect(coloured).to.include('\u001b[31ma\u001b[39m')
    // eslint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).to.equal(table(COLUMNS, rows, PIPE))
  })

  it('has nothing in it that a terminal would obey', () => {
    expect(table(COLUMNS, [['\u001b[2Jx', '', 'a\r\nb\u0007\u202ec']], PIPE))
      .to.include('[2Jx')
      .and.not.match(
        // eslint-disable-next-line no-control-regex
        /[\u001b\r\u0007\u202e]/,
      )
  })
})

describe('fields', () => {
  it('stand below each other, and those that are not known are left out', () => {
    const text = fields(
      [
        ['Plan', 'a'],
        ['Waiting for', undefined],
        ['Phase', 'active'],
      ],
      PIPE,
    )
    expect(text).to.equal('Plan:   a\nPhase:  active\n')
  })

  it('break a long value at its blanks on a terminal only', () => {
    const pairs = [['Message', 'one two three four five six seven eight']] as const
    expect(fields(pairs, { columns: 32, colour: false })).to.equal(
      'Message:  one two three four\n          five six seven eight\n',
    )
    expect(fields(pairs, PIPE)).to.include('seven eight')
  })
})

describe('a screen', () => {
  const cases: readonly (readonly [
    what: string,
    tty: boolean,
    env: { readonly [name: string]: string },
    colour: boolean,
  ])[] = [
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['a pipe with FORCE_COLOR and NO_COLOR', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ['a pipe with FORCE_COLOR=0', false, { FORCE_COLOR: '0' }, false],
  ]
  for (const [what, isTTY, env, colour] of cases)
    it(`${colour ? 'has' : 'has no'} colour: ${what}`, () => {
      expect(screenOf({ isTTY, columns: 100 }, env)).to.deep.equal({ columns: isTTY ? 100 : undefined, colour })
    })

  it('paints nothing where there is nothing, or no colour', () => {
    expect([paint({ ...PIPE, colour: true }, 'red', ''), paint(PIPE, 'red', 'x')]).to.deep.equal(['', 'x'])
  })

  it('shows text from outside on one line', () => {
    expect(plain(' a\n\tb\u2028c ')).to.equal('a b c')
  })
})
