import { Box, Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { useLook } from './look.ts'
import { Toned } from './toned.ts'

type Props = {
  readonly title: string
  /** Beside the title. */
  readonly aside?: ReactNode
  /** Rows of which the title is one; 0 leaves the pane out. */
  readonly rows: number
  readonly gap: number
  readonly children?: ReactNode
}

/** A part of a page: its title, and rows under it. */
export function Pane({ title, aside, rows, gap, children }: Props): ReactNode {
  const { spoken } = useLook()
  if (rows <= 0) return null
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0, marginTop: gap },
    createElement(
      Text,
      { wrap: 'truncate-end' },
      createElement(Toned, { tone: 'strong' }, title),
      ...(spoken || aside === undefined ? [] : ['  ', aside]),
    ),
    children,
  )
}
