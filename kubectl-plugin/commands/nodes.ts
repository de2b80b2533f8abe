import type { NodesBody } from '../../operator/rest/schema/bodies.ts'
import { NODE_STATES } from '../../operator/rollout/report/node.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT, PLAN, PLAN_ID, STAGE_ID } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import type { Asking, NodeSelection, Orchestrator } from '../orchestrator/orchestrator.ts'
import { age } from '../output/age.ts'
import { formOf } from '../output/form.ts'
import { show } from '../output/show.ts'
import type { Style } from '../output/screen.ts'
import { table } from '../output/table.ts'

type Row = NodesBody['nodes'][number]

const STYLES: { readonly [state in Row['state']]?: Style } = {
  activated: 'green',
  activating: 'cyan',
  failed: 'red',
  unreachable: 'yellow',
}

export const nodes: Command = {
  path: ['rollout', 'nodes'],
  summary: 'List the nodes of a plan, with where each stands and why',
  describes: [
    'Nodes of the stages that have been opened, in the order in which they are activated: members are chosen when a stage opens.',
  ],
  takes: [PLAN],
  flags: [
    PLAN_ID,
    { ...STAGE_ID, says: 'only nodes of this stage' },
    { name: 'state', value: 'WORD', says: 'only nodes in this state', oneOf: NODE_STATES, completes: 'node-state' },
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    { does: 'Which nodes are the trouble', words: 'rollout nodes plan-abc123 --state failed' },
    { does: 'Their names alone, for kubectl', words: 'rollout nodes plan-abc123 --state failed -o name' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const stage = values.get('stage-id')
    const state = NODE_STATES.find(known => known === values.get('state'))
    const selection = { ...(stage === undefined ? {} : { stage }), ...(state === undefined ? {} : { state }) }
    const { orchestrator } = await session.connect()
    const report = await allNodes(orchestrator, plan, selection, session)
    if (form.kind === 'text' && report.nodes.length === 0) {
      const which = [state, 'node', ...(stage === undefined ? [] : ['in stage', stage])].filter(Boolean).join(' ')
      session.say(
        `plan ${plan} has no ${which}${stage === undefined && state === undefined ? ' yet: no stage is open' : ''}\n`,
      )
      return EXIT.completed
    }
    const now = session.clock.now()
    await show(session, form, {
      body: report,
      names: () => report.nodes.map(({ node }) => `node/${node}`),
      text: wide =>
        table(
          ['NODE', 'STAGE', 'STATE', 'SINCE', 'REASON', 'MESSAGE', ...(wide ? ['UID'] : [])].map(title => ({ title })),
          report.nodes.map(row => [
            row.node,
            row.stage_id,
            { text: row.state, style: STYLES[row.state] },
            age(row.since, now),
            row.reason ?? '',
            row.message ?? '',
            row.uid,
          ]),
          session.screen,
        ),
    })
    return EXIT.completed
  },
}

/** All pages as one. */
export async function allNodes(
  orchestrator: Orchestrator,
  plan: string,
  selection: NodeSelection,
  { signal }: Asking,
): Promise<NodesBody> {
  let all = await orchestrator.nodes(plan, selection, { signal })
  while (all.metadata.continue !== undefined) {
    const next = await orchestrator.nodes(plan, { ...selection, continue: all.metadata.continue }, { signal })
    all = { ...next, nodes: [...all.nodes, ...next.nodes] }
  }
  return all
}
