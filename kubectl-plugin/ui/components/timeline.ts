import { type ReactNode, createElement } from 'react'
import { columnFor } from '../view/columns.ts'
import type { Moment } from '../view/timeline.ts'
import type { Tone } from '../view/span.ts'
import { Cells } from './cells.ts'
import { Line } from './line.ts'
import { Pane } from './pane.ts'

type Props = {
  /** Newest first; undefined until it was read. */
  readonly moments: readonly Moment[] | undefined
  /** Why it cannot be read. */
  readonly unread: string | undefined
  readonly offset: number
  readonly columns: number
  readonly rows: number
  readonly gap: number
}

const TONES: { readonly [kind in Moment['kind']]: Tone } = {
  transition: 'plain',
  asked: 'strong',
  refused: 'warn',
  pending: 'busy',
}

/** What happened, newest first: what, who, why. */
export function Timeline({ moments, unread, offset, columns, rows, gap }: Props): ReactNode {
  const shown = (moments ?? []).slice(offset, offset + Math.max(0, rows - 1))
  const older = (moments?.length ?? 0) - offset - shown.length
  const time = columnFor(
    shown.map(({ time }) => time),
    16,
  )
  const what = columnFor(
    shown.map(({ what }) => what),
    20,
  )
  const stage = columnFor(
    shown.map(({ stage }) => stage),
    Math.max(8, Math.floor(columns / 6)),
  )
  return createElement(
    Pane,
    { title: `TIMELINE, UTC${older > 0 ? ` (t: ${older} older)` : ''}`, rows, gap },
    moments === undefined
      ? createElement(Line, { spans: [{ text: `  ${unread ?? 'being read'}`, tone: 'quiet' }] })
      : null,
    ...shown.map((moment, index) =>
      createElement(Cells, {
        key: index,
        cells: [
          { text: '', width: 1 },
          { text: moment.time, width: time, tone: 'quiet' },
          { text: moment.what, width: what, tone: TONES[moment.kind] },
          { text: moment.stage, width: stage },
          { text: said(moment), width: Math.max(0, columns - time - what - stage - 6) },
        ],
      }),
    ),
  )
}

function said({ who, why }: Moment): string {
  return who === '' ? why : `${who}${why === '' ? '' : `: ${why}`}`
}
