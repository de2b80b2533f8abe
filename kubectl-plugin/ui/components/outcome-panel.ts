import { type ReactNode, createElement } from 'react'
import type { Outcome } from '../state/dialog.ts'
import { type Request, nameOf } from '../state/request.ts'
import type { Tone } from '../view/span.ts'
import { plain } from '../view/text.ts'
import { useLook } from './look.ts'
import { Line } from './line.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = { readonly request: Request; readonly outcome: Outcome; readonly columns: number }

const TONES: { readonly [kind in Outcome['kind']]: Tone } = { done: 'good', refused: 'bad', unknown: 'warn' }

export function OutcomePanel({ request, outcome, columns }: Props): ReactNode {
  const { glyphs } = useLook()
  const deed = nameOf(request)
  const titles = {
    done: `${glyphs.good} ${deed} took effect`,
    refused: `${glyphs.bad} ${deed} was not done`,
    unknown: `${glyphs.unknown} ${deed}: no verdict, it may have taken effect`,
  }
  return createElement(
    Panel,
    { title: titles[outcome.kind].trim(), tone: TONES[outcome.kind], columns },
    createElement(Paragraph, { text: plain(outcome.sentence), columns, most: 10 }),
    createElement(Line, { spans: [] }),
    createElement(Paragraph, { text: 'back to the plan', columns, mark: '  enter    ', tone: 'quiet' }),
  )
}
