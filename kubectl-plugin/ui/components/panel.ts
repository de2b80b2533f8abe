import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import type { Tone } from '../view/span.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

type Props = {
  readonly title: string
  readonly tone?: Tone
  readonly columns: number
  readonly children?: ReactNode
}

/** What wants an answer, set off from the page. */
export function Panel({ title, tone = 'strong', columns, children }: Props): ReactNode {
  const { glyphs, spoken } = useLook()
  const rule = glyphs.rule.repeat(Math.max(0, columns))
  return createElement(
    Box,
    { flexDirection: 'column', marginTop: 1, flexShrink: 0 },
    spoken ? null : createElement(Line, { spans: [{ text: rule, tone: 'quiet' }] }),
    createElement(Line, { spans: [{ text: title, tone, bold: true }] }),
    children,
  )
}
