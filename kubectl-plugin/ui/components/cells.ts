import { type ReactNode, createElement } from 'react'
import type { Span, Tone } from '../view/span.ts'
import { fit } from '../view/text.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

export type Cell = {
  readonly text: string
  /** Cells it takes, filled up or cut; absent: as many as it has. 0: left out. */
  readonly width?: number
  readonly side?: 'left' | 'right'
  readonly tone?: Tone
}

type Props = {
  /** A list of spans is a cell that is drawn already. */
  readonly cells: readonly (Cell | readonly Span[])[]
  readonly bold?: boolean
}

/** One row of a table: cells with a space between them. */
export function Cells({ cells, bold = false }: Props): ReactNode {
  const { spoken, glyphs } = useLook()
  const shown = cells.filter(cell => isDrawn(cell) || (cell.width !== 0 && !(spoken && cell.text === '')))
  const spans = shown.flatMap((cell, index): readonly Span[] => {
    const gap: readonly Span[] = index === 0 ? [] : [{ text: ' ' }]
    if (isDrawn(cell)) return [...gap, ...cell]
    const { text, width, side, tone = 'plain' } = cell
    const last = index === shown.length - 1 && side !== 'right'
    const filled = spoken || width === undefined ? text : fit(text, width, side, glyphs.ellipsis)
    return [...gap, { text: last ? filled.trimEnd() : filled, tone, bold }]
  })
  return createElement(Line, { spans })
}

function isDrawn(cell: Cell | readonly Span[]): cell is readonly Span[] {
  return Array.isArray(cell)
}
