import { type ReactNode, createElement } from 'react'
import { type Request, nameOf } from '../state/request.ts'
import { short } from '../view/duration.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = {
  readonly request: Request
  readonly since: number
  readonly now: number
  readonly columns: number
}

export function Sending({ request, since, now, columns }: Props): ReactNode {
  const waited = now - since < 2_000 ? '' : ` (${short(now - since)})`
  return createElement(
    Panel,
    { title: `${nameOf(request)} of ${request.plan} was sent`, columns },
    createElement(Paragraph, { text: `waiting for the orchestrator's verdict${waited}`, columns, tone: 'busy' }),
  )
}
