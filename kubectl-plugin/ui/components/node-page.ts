import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import type { Place } from '../state/place.ts'
import { type State, planHere } from '../state/state.ts'
import { type NodeRow, ageOf, failingNodes, nodeRows } from '../view/node.ts'
import { WORDS } from '../view/shares.ts'
import type { Tone } from '../view/span.ts'
import { Footer } from './footer.ts'
import { actionHints } from './hints.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'
import { Page } from './page.ts'
import { Paragraph } from './paragraph.ts'
import { PlanTop } from './plan-top.ts'
import { TONE_OF } from './progress-bar.ts'

type Props = { readonly state: State; readonly place: Extract<Place, { kind: 'node' }> }

/** All that is known of one node. */
export function NodePage({ state, place }: Props): ReactNode {
  const { columns, rows, now } = state
  const { glyphs } = useLook()
  const plan = planHere(state)
  const hints = [
    ...actionHints(plan),
    { key: 'esc', does: 'back' },
    { key: '?', does: 'help' },
    { key: 'q', does: 'quit' },
  ]
  const row = rowOf(state, place)
  const facts: readonly (readonly [string, string, Tone?])[] = [
    ['node', place.node, 'strong'],
    ['stage', place.stage],
    ...(row === undefined
      ? []
      : ([
          ['state', `${glyphs.bar[row.kind]} ${WORDS[row.kind]}`.trim(), TONE_OF[row.kind]],
          ['since', row.since === undefined ? '' : `${row.since} (${ageOf(row, now)} ago)`],
          ['reason', row.reason],
          ['seen', row.message],
          ['UID', row.uid],
        ] as const)),
  ]
  return createElement(
    Page,
    { columns, rows, footer: createElement(Footer, { hints, notice: state.notice?.text }) },
    createElement(PlanTop, { state, name: place.plan, plan, within: `node ${place.node}` }),
    createElement(
      Box,
      { flexDirection: 'column', marginTop: 1 },
      ...facts
        .filter(([, text]) => text !== '')
        .map(([name, text, tone = 'plain']) =>
          createElement(Paragraph, { key: name, text, columns, mark: `  ${name.padEnd(7)}`, tone, most: 8 }),
        ),
      row === undefined
        ? createElement(Line, {
            spans: [{ text: `  ${state.unread.nodes ?? 'the rest is being read'}`, tone: 'quiet' }],
          })
        : null,
    ),
  )
}

/** From the nodes of the stage, or before they were read from the nodes that the plan itself names. */
function rowOf(state: State, { plan: name, stage, node }: Props['place']): NodeRow | undefined {
  const { nodes } = state
  if (nodes?.plan === name && nodes.stage === stage) return nodeRows(nodes.members).find(row => row.name === node)
  const plan = planHere(state)
  const failing = plan && failingNodes(plan).find(row => row.name === node && row.stage === stage)
  return failing && { ...failing, uid: '', kind: 'failed', since: undefined }
}
