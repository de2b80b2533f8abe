import { type ReactNode, createElement } from 'react'
import { columnFor } from '../view/columns.ts'
import type { GateRow } from '../view/gate.ts'
import type { Tone } from '../view/span.ts'
import { Cells } from './cells.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'
import { Pane } from './pane.ts'

type Props = {
  readonly stage: string
  readonly gates: readonly GateRow[]
  readonly columns: number
  readonly rows: number
  readonly gap: number
}

const TONES: { readonly [state in GateRow['state']]: Tone } = { passed: 'good', failed: 'bad', unknown: 'warn' }

/** Below it what a gate saw needs the room. */
const WIDE = 80

/** The gates of a stage: state, for how long, when it is looked at next, and what each saw. */
export function Gates({ stage, gates, columns, rows, gap }: Props): ReactNode {
  const { glyphs } = useLook()
  const name = columnFor(
    gates.map(({ name }) => name),
    18,
  )
  const age = columnFor(
    gates.map(({ age }) => age),
    12,
  )
  const next =
    columns < WIDE
      ? 0
      : columnFor(
          gates.map(gate => gate.next),
          20,
        )
  const detail = Math.max(0, columns - name - age - (next === 0 ? 0 : next + 1) - 14)
  const marks = { passed: glyphs.good, failed: glyphs.bad, unknown: glyphs.unknown }
  return createElement(
    Pane,
    { title: `GATES of ${stage}`, rows, gap },
    gates.length === 0
      ? createElement(Line, { spans: [{ text: '  none: its nodes alone decide', tone: 'quiet' }] })
      : null,
    ...gates.slice(0, Math.max(0, rows - 1)).map((gate, index) =>
      createElement(Cells, {
        key: index,
        cells: [
          { text: '', width: 1 },
          { text: marks[gate.state], width: 1, tone: TONES[gate.state] },
          { text: gate.name, width: name },
          { text: gate.state, width: 7, tone: TONES[gate.state] },
          { text: gate.age, width: age, side: 'right', tone: 'quiet' },
          { text: gate.next, width: next, tone: 'quiet' },
          { text: gate.detail, width: detail },
        ],
      }),
    ),
  )
}
