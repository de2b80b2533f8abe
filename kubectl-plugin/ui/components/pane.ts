import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import type { Span } from '../view/span.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

type Props = {
  readonly title: string
  /** Beside the title. */
  readonly aside?: readonly Span[]
  /** Rows of which the title is one; 0 leaves the pane out. */
  readonly rows: number
  readonly gap: number
  readonly children?: ReactNode
}

/** A part of a page: its title, and rows under it. */
export function Pane({ title, aside = [], rows, gap, children }: Props): ReactNode {
  const { spoken } = useLook()
  if (rows <= 0) return null
  const beside: readonly Span[] = spoken || aside.length === 0 ? [] : [{ text: '  ' }, ...aside]
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0, marginTop: gap },
    createElement(Line, { spans: [{ text: title, tone: 'strong' }, ...beside] }),
    children,
  )
}
