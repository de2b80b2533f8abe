import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import type { Tone } from '../view/span.ts'
import { wrap } from '../view/text.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

type Props = {
  readonly text: string
  readonly columns: number
  /** Before the first line; the others are indented by as much. */
  readonly mark?: string
  readonly tone?: Tone
  readonly most?: number
}

/** A sentence over as many rows as it needs. */
export function Paragraph({ text, columns, mark = '', tone = 'plain', most = 6 }: Props): ReactNode {
  const { glyphs, spoken } = useLook()
  if (spoken) return createElement(Line, { spans: [{ text: `${mark}${text}`, tone }] })
  const lines = wrap(text, Math.max(10, columns - mark.length), most, glyphs.ellipsis)
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    ...lines.map((line, index) =>
      createElement(Line, {
        key: index,
        spans: [{ text: `${index === 0 ? mark : ' '.repeat(mark.length)}${line}`, tone }],
      }),
    ),
  )
}
