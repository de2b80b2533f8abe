import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { State } from '../state/state.ts'
import { paceOf, paceWords } from '../view/pace.ts'
import { remediesOf } from '../view/remedy.ts'
import { type Standing, standingOf } from '../view/standing.ts'
import { plain, wrap } from '../view/text.ts'
import { Header } from './header.ts'
import { Line } from './line.ts'
import { StandingLines } from './standing-lines.ts'

type Props = {
  readonly state: State
  readonly name: string
  readonly plan: RolloutBody | undefined
  /** Where in the plan one is, for the header. */
  readonly within?: string
}

/** The head of every page of a plan: which, whether it is live, how it stands, what can be done. */
export function PlanTop({ state, name, plan, within = '' }: Props): ReactNode {
  const { connection, now } = state
  const details = plan === undefined ? [] : [within, `release ${plain(plan.release)}`, `namespace ${plan.namespace}`]
  const standing = plan && standingOf(plan, now)
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    createElement(Header, { title: name, details, connection, now }),
    connection.kind === 'lost' ? createElement(Line, { spans: [{ text: plain(connection.why), tone: 'bad' }] }) : null,
    plan === undefined || standing === undefined
      ? createElement(Line, { spans: [{ text: 'waiting for the first answer', tone: 'quiet' }] })
      : createElement(StandingLines, {
          standing,
          remedies: remediesOf(plan, standing),
          pace: paceLine(plan, standing, now),
          most: sentenceRows(state),
        }),
  )
}

/** While something is expected to happen by itself. */
function paceLine(plan: RolloutBody, { kind }: Standing, now: number): string {
  return kind === 'moving' || kind === 'waiting' ? paceWords(paceOf(plan, now)) : ''
}

function sentenceRows({ rows }: State): number {
  return rows < 16 ? 1 : rows < 24 ? 2 : rows < 30 ? 3 : 4
}

/** How many rows that takes. */
export function topRows(state: State, plan: RolloutBody | undefined): number {
  const lost = state.connection.kind === 'lost' ? 1 : 0
  if (plan === undefined) return 2 + lost
  const standing = standingOf(plan, state.now)
  const lines = wrap(standing.sentence, Math.max(10, state.columns - 2), sentenceRows(state)).length
  const pace = paceLine(plan, standing, state.now) === '' ? 0 : 1
  return 2 + lost + lines + pace + (remediesOf(plan, standing).length > 0 ? 1 : 0)
}
