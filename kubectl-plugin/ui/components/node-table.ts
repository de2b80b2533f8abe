import { type ReactNode, createElement } from 'react'
import type { Choice } from '../state/chosen.ts'
import { columnFor } from '../view/columns.ts'
import { windowOf } from '../view/list.ts'
import { type NodeRow, ageOf } from '../view/node.ts'
import { type Kind, WORDS, count } from '../view/shares.ts'
import { Cells } from './cells.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'
import { Pane } from './pane.ts'
import { TONE_OF } from './progress-bar.ts'

type Props = {
  readonly choice: Choice<NodeRow>
  readonly opened: boolean
  readonly columns: number
  readonly rows: number
  readonly now: number
}

/** What somebody has to look at. The word for every state stands beside. */
const SIGNS: { readonly [kind in Kind]?: string } = { failed: 'x', unreachable: '?', gone: '-' }

/** Nodes, of which only those on the screen are drawn. */
export function NodeTable({ choice, opened, columns, rows, now }: Props): ReactNode {
  const { glyphs } = useLook()
  const { rows: nodes, index, all } = choice
  const { from, to } = windowOf(nodes.length, index, rows - 1)
  const shown = nodes.slice(from, to)
  const width = {
    name: columnFor(
      shown.map(({ name }) => name),
      Math.max(12, Math.floor(columns / 3)),
    ),
    state: columnFor(
      shown.map(({ kind }) => WORDS[kind]),
      11,
    ),
    age: columnFor(
      shown.map(row => ageOf(row, now)),
      12,
    ),
    reason: columnFor(
      shown.map(({ reason }) => reason),
      columns < 60 ? 0 : 22,
    ),
  }
  const used = Object.values(width).reduce((sum, cells) => sum + (cells > 0 ? cells + 1 : 0), 4)
  const part =
    shown.length < nodes.length
      ? `  ${count(from + 1)}-${count(to)} of ${count(nodes.length)}`
      : ` ${count(nodes.length)}`
  return createElement(
    Pane,
    { title: `NODES${part}`, rows, gap: 0 },
    nodes.length > 0 ? null : createElement(Line, { spans: [{ text: `  ${nobody(opened, all)}`, tone: 'quiet' }] }),
    ...shown.map((row, place) =>
      createElement(Cells, {
        key: row.uid,
        bold: from + place === index,
        cells: [
          { text: from + place === index ? glyphs.pointer : '', width: 1, tone: 'strong' },
          { text: SIGNS[row.kind] ?? '', width: 1, tone: TONE_OF[row.kind] },
          { text: row.name, width: width.name },
          { text: WORDS[row.kind], width: width.state, tone: TONE_OF[row.kind] },
          { text: ageOf(row, now), width: width.age, side: 'right', tone: 'quiet' },
          { text: row.reason, width: width.reason, tone: row.kind === 'failed' ? 'bad' : 'plain' },
          { text: row.message, width: Math.max(0, columns - used) },
        ],
      }),
    ),
  )
}

function nobody(opened: boolean, all: number): string {
  if (all > 0) return 'no node matches the filter'
  return opened ? 'the stage has no nodes' : 'its nodes are chosen when the stage opens'
}
