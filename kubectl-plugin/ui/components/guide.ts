import { type ReactNode, createElement } from 'react'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Question } from '../state/dialog.ts'
import { STRATEGY_OF } from '../state/acting.ts'
import { offerOf } from '../view/offer.ts'
import { Line } from './line.ts'
import { Panel } from './panel.ts'
import { Paragraph } from './paragraph.ts'

type Props = {
  readonly plan: RolloutBody
  readonly question: Question
  readonly complaint: string | undefined
  readonly columns: number
}

type Asked = { readonly title: string; readonly help: string; readonly yes: string; readonly no: string }

/** The decision tree of the runbook, one question at a time, in its words. */
const QUESTIONS: { readonly [question in Exclude<Question, 'none'>]: Asked } = {
  harmful: {
    title: '1 of 3  Is the release harmful?',
    help: 'For example: the crash rate is up, the canary is failing because of the release.',
    yes: 'rollback: no further node gets it, the plan ends for good',
    no: 'the release is fine, something else is in the way',
  },
  clears: {
    title: '2 of 3  Will what is in the way clear by itself, or is it mended?',
    help: 'For example: a gap in telemetry, a hiccup of the evaluator, nodes that were repaired.',
    yes: 'retry: the stage is evaluated again, failed nodes are tried again; nothing is lost by it',
    no: 'it will stay as it is',
  },
  validated: {
    title: '3 of 3  Is what is in the way not critical, and did you validate the release yourself?',
    help: 'For example: the gate is a non-critical check, and your own dashboard says that the release is good.',
    yes: 'skip_failed: the stage is promoted past its gates, for good',
    no: 'then none of the three fits',
  },
}

export function Guide({ plan, question, complaint, columns }: Props): ReactNode {
  if (question === 'none') return createElement(NothingFits, { columns })
  const { title, help, yes, no } = QUESTIONS[question]
  const offer = offerOf(plan, STRATEGY_OF[question])
  const possible = offer.kind === 'possible'
  return createElement(
    Panel,
    { title, columns },
    createElement(Paragraph, { text: help, columns, tone: 'quiet' }),
    createElement(Line, { spans: [] }),
    createElement(Paragraph, {
      text: possible ? yes : `${yes}. Not possible now: ${offer.why}`,
      columns,
      mark: '  y  yes   ',
      tone: possible ? 'plain' : 'quiet',
    }),
    createElement(Paragraph, { text: no, columns, mark: '  n  no    ' }),
    createElement(Paragraph, {
      text:
        question === 'harmful'
          ? 'leave everything as it is'
          : 'leave everything as it is; backspace goes one question back',
      columns,
      mark: '  esc      ',
      tone: 'quiet',
    }),
    complaint === undefined ? null : createElement(Paragraph, { text: complaint, columns, tone: 'warn' }),
  )
}

function NothingFits({ columns }: { readonly columns: number }): ReactNode {
  return createElement(
    Panel,
    { title: 'None of the three strategies fits', columns },
    createElement(Paragraph, {
      text: 'Find out first whether the release is harmful. Until then h halts the stage for good, and p pauses the plan, which can be undone. Nothing was done.',
      columns,
    }),
    createElement(Paragraph, {
      text: 'back to the plan; backspace goes one question back',
      columns,
      mark: '  esc      ',
      tone: 'quiet',
    }),
  )
}
