import { type ReactNode, createElement } from 'react'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Basis, type Request, movedOn } from '../state/request.ts'
import { consequenceFor } from '../view/consequence.ts'
import { plain } from '../view/text.ts'
import { Line } from './line.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = {
  readonly plan: RolloutBody
  readonly request: Request
  readonly basis: Basis
  readonly columns: number
}

/** What will happen, and the last question. */
export function Confirmation({ plan, request, basis, columns }: Props): ReactNode {
  const { title, effects, lost } = consequenceFor(plan, request)
  const changed = movedOn(plan, basis)
  return createElement(
    Panel,
    { title: `${title}: this will happen`, tone: lost === '' ? 'strong' : 'warn', columns },
    ...effects.map(effect => createElement(Paragraph, { key: effect, text: effect, columns, mark: '  - ' })),
    lost === ''
      ? createElement(Paragraph, { text: 'Nothing is lost.', columns, mark: '  - ' })
      : createElement(Paragraph, { text: `Cannot be undone: ${lost}`, columns, mark: '  ! ', tone: 'bad' }),
    createElement(Paragraph, { text: plain(request.reason), columns, mark: '  because: ', most: 3, tone: 'quiet' }),
    createElement(Line, { spans: [] }),
    changed === undefined
      ? createElement(Paragraph, { text: 'do it', columns, mark: '  y  yes   ', tone: 'strong' })
      : createElement(Paragraph, { text: `${changed}: go back and look again`, columns, tone: 'bad' }),
    createElement(Paragraph, { text: 'leave everything as it is', columns, mark: '  n  no    ' }),
    createElement(Paragraph, { text: 'back to the reason', columns, mark: '  esc      ', tone: 'quiet' }),
  )
}
