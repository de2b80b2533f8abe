import type { Command } from '../cli/command.ts'
import { commandLine } from '../cli/command-line.ts'
import { CONNECTION, OUTPUT, PLAN, PLAN_ID } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import { adviceFor } from '../text/advice.ts'
import { describeText } from '../text/describe.ts'

export const planDescribe: Command = {
  path: ['rollout', 'plan', 'describe'],
  summary: 'Say where a plan is, why it stands still, and what can be done',
  describes: [
    'Phase, stages with their nodes, gates of the current stage, failing nodes, and the commands that the runbook offers in this situation, with a reason to fill in.',
  ],
  takes: [PLAN],
  flags: [PLAN_ID, OUTPUT, ...CONNECTION],
  examples: [
    { does: 'Everything about a plan', words: 'rollout plan describe plan-abc123' },
    { does: 'Its phase alone', words: "rollout plan describe plan-abc123 -o jsonpath='{.phase}'" },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const id = values.need('plan-id')
    const { orchestrator } = await session.connect()
    const plan = await orchestrator.get(id, session)
    const advice = adviceFor(plan, words => commandLine(session.program, words, values))
    await show(session, form, {
      body: plan,
      names: () => [nameOf(plan.plan_id)],
      text: () => describeText(plan, advice, session.clock.now(), session.screen),
    })
    return EXIT.completed
  },
}
