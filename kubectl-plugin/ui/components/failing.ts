import { type ReactNode, createElement } from 'react'
import { columnFor } from '../view/columns.ts'
import { windowOf } from '../view/list.ts'
import type { FailingNode } from '../view/node.ts'
import { Cells } from './cells.ts'
import { useLook } from './look.ts'
import { Pane } from './pane.ts'

type Props = {
  readonly failing: readonly FailingNode[]
  /** How many fail in all: the plan names the first twenty. */
  readonly all: number
  readonly chosen: number
  readonly columns: number
  readonly rows: number
  readonly gap: number
}

/** Which nodes fail, and what was seen there. */
export function Failing({ failing, all, chosen, columns, rows, gap }: Props): ReactNode {
  const { glyphs } = useLook()
  const { from, to } = windowOf(failing.length, Math.max(0, chosen), rows - 1)
  const shown = failing.slice(from, to)
  const name = columnFor(
    failing.map(({ name }) => name),
    Math.max(12, Math.floor(columns / 4)),
  )
  const reason = columnFor(
    failing.map(({ reason }) => reason),
    20,
  )
  const part = to - from < all ? `, ${from + 1}-${to} shown` : ''
  return createElement(
    Pane,
    { title: `FAILING NODES ${all}${part}`, rows, gap },
    ...shown.map((node, index) =>
      createElement(Cells, {
        key: index,
        bold: from + index === chosen,
        cells: [
          { text: from + index === chosen ? glyphs.pointer : '', width: 1, tone: 'strong' },
          { text: glyphs.bad, width: 1, tone: 'bad' },
          { text: node.name, width: name },
          { text: node.reason, width: reason, tone: 'bad' },
          { text: node.message, width: Math.max(0, columns - name - reason - 7) },
        ],
      }),
    ),
  )
}
