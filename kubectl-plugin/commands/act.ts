import type { Command } from '../cli/command.ts'
import { CONNECTION, DRY_RUN, ONLY_STAGE, OUTPUT, PLAN, PLAN_ID, REASON, YES } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import type { Action } from '../orchestrator/orchestrator.ts'
import { formOf } from '../output/form.ts'
import { shownRecovery } from '../output/recovery.ts'
import { show } from '../output/show.ts'
import { confirmed } from './confirm.ts'

type Told = Pick<Command, 'summary' | 'describes' | 'examples'>

/** `rollout halt`, `rollout pause`, `rollout resume`: a plan, a reason, and nothing else to choose. */
function action(name: Action, told: Told): Command {
  return {
    ...told,
    path: ['rollout', name],
    takes: [PLAN],
    flags: [PLAN_ID, REASON, ONLY_STAGE, DRY_RUN, ...(name === 'halt' ? [YES] : []), OUTPUT, ...CONNECTION],
    run: async ({ values }, session) => {
      const form = formOf(values)
      const plan = values.need('plan-id')
      const reason = values.need('reason')
      const stage = values.get('stage-id')
      const { orchestrator } = await session.connect()
      if (!(await confirmed(name, values, session, async () => await orchestrator.get(plan, session))))
        return EXIT.failed
      const answer = await orchestrator.act(
        name,
        plan,
        { reason, ...(stage === undefined ? {} : { stage_id: stage }) },
        { signal: session.signal, dryRun: values.has('dry-run') },
      )
      await show(session, form, shownRecovery(answer))
      return EXIT.completed
    },
  }
}

export const halt = action('halt', {
  summary: 'Close the current stage for good, and pause the plan',
  describes: [
    'Nodes in flight get back what they had; activated ones keep running the release. A halted stage cannot be opened again: "rollout recover --strategy retry" goes on with the stage after it. To hold a plan and go on later with the same stage, use "rollout pause".',
  ],
  examples: [
    {
      does: 'Stop activating while something is looked into',
      words: 'rollout halt plan-abc123 --reason "pausing activation while investigating telemetry anomaly"',
    },
  ],
})

export const pause = action('pause', {
  summary: 'Hold a plan: no further node is activated until it is resumed',
  describes: ['Nodes in flight go on. Clocks of soaks go on too. "rollout resume" takes it back.'],
  examples: [{ does: 'Hold over the weekend', words: 'rollout pause plan-abc123 --reason "weekend"' }],
})

export const resume = action('resume', {
  summary: 'Let a paused plan go on',
  describes: ['After a halt there is no stage to go on with: "rollout recover --strategy retry" opens the next one.'],
  examples: [{ does: 'Go on', words: 'rollout resume plan-abc123 --reason "weekend is over"' }],
})
