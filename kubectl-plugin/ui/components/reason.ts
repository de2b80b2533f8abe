import { type ReactNode, createElement } from 'react'
import { consequenceFor } from '../view/consequence.ts'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Draft } from '../state/request.ts'
import { plain, tail } from '../view/text.ts'
import { useLook } from './look.ts'
import { Line } from './line.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = {
  readonly plan: RolloutBody
  readonly draft: Draft
  readonly text: string
  readonly complaint: string | undefined
  readonly columns: number
}

/** Asks why. */
export function ReasonEntry({ plan, draft, text, complaint, columns }: Props): ReactNode {
  const { glyphs } = useLook()
  return createElement(
    Panel,
    { title: consequenceFor(plan, draft).title, columns },
    createElement(Paragraph, {
      text: 'Why? Write it for whoever reads the record later. Nothing happens yet.',
      columns,
      tone: 'quiet',
    }),
    createElement(Line, { spans: [] }),
    createElement(Line, {
      spans: [
        {
          tone: 'strong',
          text: `  reason: ${tail(typed(text), Math.max(5, columns - 12), glyphs.ellipsis)}${glyphs.cursor}`,
        },
      ],
    }),
    createElement(Line, { spans: [] }),
    complaint === undefined ? null : createElement(Paragraph, { text: complaint, columns, tone: 'warn' }),
    createElement(Paragraph, {
      text: 'show what will happen, and ask once more',
      columns,
      mark: '  enter    ',
      tone: 'quiet',
    }),
    createElement(Paragraph, { text: 'back', columns, mark: '  esc      ', tone: 'quiet' }),
  )
}

/** Blanks at the end are being typed too. */
function typed(text: string): string {
  return `${plain(text)}${/\s$/.test(text) ? ' ' : ''}`
}
