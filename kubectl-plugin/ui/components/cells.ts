import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { fit } from '../view/text.ts'
import { useLook } from './look.ts'
import { type Tone, Toned } from './toned.ts'

export type Cell = {
  readonly text: string
  /** Cells it takes, filled up or cut; absent: as many as it has. 0: left out. */
  readonly width?: number
  readonly side?: 'left' | 'right'
  readonly tone?: Tone
}

type Props = {
  readonly cells: readonly (Cell | ReactNode)[]
  readonly bold?: boolean
}

/** One row of a table: cells with a space between them. */
export function Cells({ cells, bold = false }: Props): ReactNode {
  const { spoken, glyphs } = useLook()
  const shown = cells.filter(cell => !isCell(cell) || (cell.width !== 0 && !(spoken && cell.text === '')))
  return createElement(
    Text,
    { wrap: 'truncate-end' },
    ...shown.flatMap((cell, index) => {
      const gap = index === 0 ? [] : [' ']
      if (!isCell(cell)) return [...gap, cell]
      const { text, width, side, tone = 'plain' } = cell
      const filled = spoken || width === undefined ? text : fit(text, width, side, glyphs.ellipsis)
      return [...gap, createElement(Toned, { tone, bold }, filled)]
    }),
  )
}

function isCell(cell: Cell | ReactNode): cell is Cell {
  return typeof cell === 'object' && cell !== null && 'text' in cell
}
