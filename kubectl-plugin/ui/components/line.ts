import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { type Span, drawn } from '../view/span.ts'
import { useLook } from './look.ts'

type Props = {
  readonly spans: readonly Span[]
  /** Cells there are; default: the whole row. */
  readonly width?: number
}

/**
 * One row. A single piece of text for ink, cut by us: laying out and measuring every word of a row by itself costs
 * several times as much, and ink knows no other ellipsis than `…`.
 */
export function Line({ spans, width }: Props): ReactNode {
  const { columns, color, spoken, glyphs } = useLook()
  const cells = spoken ? Number.POSITIVE_INFINITY : (width ?? columns)
  return createElement(
    Text,
    { wrap: spoken ? 'wrap' : 'truncate-end' },
    drawn(spans, cells, color, glyphs.ellipsis) || ' ',
  )
}
