import { PLAN_PHASES } from '../../operator/api/rollout-plan-status.ts'
import type { RolloutListBody } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import type { Asking, Orchestrator, PlanSelection } from '../orchestrator/orchestrator.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import { planListText, planRows } from '../text/plan-list.ts'

export const planList: Command = {
  path: ['rollout', 'plan', 'list'],
  summary: 'List plans, and see which stand still',
  describes: [
    'One line a plan, by name. STUCK says for how long a plan has made no progress, where that is longer than the plan allows; REASON is its code, which -o wide explains.',
  ],
  takes: [],
  flags: [
    { name: 'phase', value: 'PHASE', says: 'only plans in this phase', oneOf: PLAN_PHASES },
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    { does: 'All plans', words: 'rollout plan list' },
    { does: 'Why each of them is where it is', words: 'rollout plan list -o wide' },
    {
      does: 'Names of plans under way, for a script',
      words: "rollout plan list --phase active -o jsonpath='{.plans[*].plan_id}'",
    },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const phase = PLAN_PHASES.find(known => known === values.get('phase'))
    const { orchestrator, namespace } = await session.connect()
    const list = await allPlans(orchestrator, phase === undefined ? {} : { phase }, session)
    if (form.kind === 'text' && list.items.length === 0) {
      const where = namespace === undefined ? '' : ` in namespace ${namespace}`
      session.say(`there is no plan${phase === undefined ? '' : ` in phase ${phase}`}${where}\n`)
      return EXIT.completed
    }
    await show(session, form, {
      body: list,
      names: () => list.items.map(({ plan_id }) => nameOf(plan_id)),
      text: wide => planListText(planRows(list, session.clock.now()), wide, session.screen),
    })
    return EXIT.completed
  },
}

/** All pages as one. */
export async function allPlans(
  orchestrator: Orchestrator,
  selection: PlanSelection,
  { signal }: Asking,
): Promise<RolloutListBody> {
  let all = await orchestrator.list(selection, { signal })
  while (all.metadata.continue !== undefined) {
    const next = await orchestrator.list({ ...selection, continue: all.metadata.continue }, { signal })
    all = { ...next, plans: [...all.plans, ...next.plans], items: [...all.items, ...next.items] }
  }
  return all
}
