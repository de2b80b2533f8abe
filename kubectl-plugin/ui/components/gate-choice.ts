import { type ReactNode, createElement } from 'react'
import type { Choice, HoldingGate } from '../state/chosen.ts'
import { columnFor } from '../view/columns.ts'
import { windowOf } from '../view/list.ts'
import { plain } from '../view/text.ts'
import { Cells } from './cells.ts'
import { useLook } from './look.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = {
  readonly choice: Choice<HoldingGate>
  readonly columns: number
  readonly rows: number
}

/** Rows of the page and of the panel besides the gates. */
const OTHER_ROWS = 14

/** Which of the gates that hold the stage up is to be skipped. */
export function GateChoice({ choice, columns, rows }: Props): ReactNode {
  const { glyphs, spoken } = useLook()
  const { rows: gates, index } = choice
  const { from, to } = windowOf(gates.length, index, Math.max(1, rows - OTHER_ROWS))
  const shown = gates.slice(from, to)
  const name = columnFor(
    shown.map(gate => plain(gate.name)),
    Math.max(12, Math.floor(columns / 3)),
  )
  return createElement(
    Panel,
    { title: 'Which gate is to be skipped?', columns },
    createElement(Paragraph, {
      text: 'The others still hold the stage up. Nothing happens yet.',
      columns,
      tone: 'quiet',
    }),
    ...shown.map((gate, place) => {
      const chosen = from + place === index
      return createElement(Cells, {
        key: gate.name,
        bold: chosen,
        cells: [
          { text: chosen ? glyphs.pointer : '', width: 1, tone: 'strong' },
          { text: plain(gate.name), width: name },
          { text: gate.state, width: 7, tone: gate.state === 'failed' ? 'bad' : 'warn' },
          { text: plain(gate.detail), width: Math.max(0, columns - name - 11) },
          ...(spoken && chosen ? [{ text: 'selected' }] : []),
        ],
      })
    }),
  )
}
