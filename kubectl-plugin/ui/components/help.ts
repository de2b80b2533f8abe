import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import { KINDS } from '../view/shares.ts'
import { Cells } from './cells.ts'
import { Legend } from './legend.ts'
import { Page } from './page.ts'
import { Toned } from './toned.ts'

type Props = { readonly columns: number; readonly rows: number }

const KEYS: readonly (readonly [string, string])[] = [
  ['up, down, j, k', 'choose a row; page up, page down, home, end too'],
  ['enter, right', 'open the plan, stage or node'],
  ['esc, left', 'back'],
  ['r', 'recover: three questions lead to rollback, retry or skip_failed'],
  ['a', 'approve the manual gate of the current stage'],
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
  const footer = createElement(Toned, { tone: 'quiet' }, 'any key: back')
  const half = KINDS.slice(0, 3)
  return createElement(
    Page,
    { columns, rows, footer },
    createElement(Toned, { tone: 'strong' }, 'KEYS'),
    ...KEYS.map(([key, does]) =>
      createElement(Cells, { key, cells: [{ text: ` ${key}`, width: 16, tone: 'strong' }, { text: does }] }),
    ),
    createElement(Toned, { tone: 'strong' }, 'SIGNS'),
    createElement(Box, { marginLeft: 1 }, createElement(Legend, { kinds: half })),
    createElement(Box, { marginLeft: 1 }, createElement(Legend, { kinds: KINDS.slice(3) })),
    ...NOTES.map(note => createElement(Toned, { key: note, tone: 'quiet' }, note)),
  )
}
