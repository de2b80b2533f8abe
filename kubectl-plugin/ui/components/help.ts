import { type ReactNode, createElement } from 'react'
import { KINDS } from '../view/shares.ts'
import { Cells } from './cells.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'
import { Page } from './page.ts'
import { Paragraph } from './paragraph.ts'
import { legend } from './progress-bar.ts'

type Props = { readonly columns: number; readonly rows: number }

const KEYS: readonly (readonly [string, string])[] = [
  ['up, down, j, k', 'choose a row; page up, page down, home, end too'],
  ['enter, right', 'open the plan, stage or node'],
  ['esc, left', 'back'],
  ['r', 'recover: three questions lead to rollback, retry or skip_failed'],
  ['a', 'approve the manual gate of the current stage'],
  ['s', 'skip one gate that holds the current stage up; the others still hold'],
  ['h', 'halt the current stage, for good'],
  ['p', 'pause the plan, or resume it'],
  ['t', 'the whole timeline'],
  ['/', 'filter plans or nodes: words that must all be found'],
  ['?', 'this page'],
  ['q, Ctrl-C', 'quit'],
]

const NOTES = [
  'Nothing is done without a reason that you typed and a yes to what will happen.',
  'Time left = (nodes not reached + in flight) / (activated / time since the stage opened).',
  'It is unknown before the first node, while the plan stands still, and once only gates are missing.',
]

/** Every key, every sign. */
export function Help({ columns, rows }: Props): ReactNode {
  const { glyphs } = useLook()
  const heading = (text: string) => createElement(Line, { spans: [{ text, tone: 'strong' }] })
  return createElement(
    Page,
    { columns, rows, footer: createElement(Line, { spans: [{ text: 'any key: back', tone: 'quiet' }] }) },
    heading('KEYS'),
    ...KEYS.map(([key, does]) =>
      createElement(Cells, { key, cells: [{ text: ` ${key}`, width: 16, tone: 'strong' }, { text: does }] }),
    ),
    heading('SIGNS'),
    ...[KINDS.slice(0, 3), KINDS.slice(3)].map(kinds =>
      createElement(Line, { key: kinds.join(' '), spans: [{ text: ' ' }, ...legend(glyphs, kinds)] }),
    ),
    ...NOTES.map(note => createElement(Paragraph, { key: note, text: note, columns, tone: 'quiet' })),
  )
}
