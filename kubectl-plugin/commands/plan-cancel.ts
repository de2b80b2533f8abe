import type { Command } from '../cli/command.ts'
import { CONNECTION, DRY_RUN, OUTPUT, PLAN, PLAN_ID, REASON, YES } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { plain } from '../output/screen.ts'
import { nameOf, show } from '../output/show.ts'
import { confirmed } from './confirm.ts'

export const planCancel: Command = {
  path: ['rollout', 'plan', 'cancel'],
  summary: 'End a plan that is not wanted any more, for good',
  describes: [
    'For a release that was never activated, or is simply not wanted. Nodes in flight get back what they had, activated ones keep running the release. For a harmful release use "rollout recover --strategy rollback", which says so in the record.',
  ],
  takes: [PLAN],
  flags: [
    PLAN_ID,
    { ...REASON, says: 'why, for whoever reads the record later; the record says so when none is given' },
    DRY_RUN,
    YES,
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [{ does: 'Discard a plan', words: 'rollout plan cancel plan-abc123 --reason "superseded by 1.4.3"' }],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const id = values.need('plan-id')
    const reason = values.get('reason')
    const dryRun = values.has('dry-run')
    const { orchestrator } = await session.connect()
    if (!(await confirmed('cancel', values, session, async () => await orchestrator.get(id, session))))
      return EXIT.failed
    const plan = await orchestrator.cancel(id, reason === undefined ? {} : { reason }, {
      signal: session.signal,
      dryRun,
    })
    await show(session, form, {
      body: plan,
      names: () => [nameOf(plan.plan_id)],
      text: () => `plan ${plain(plan.plan_id)} ${dryRun ? 'would be cancelled (dry run)' : 'cancelled'}\n`,
    })
    return EXIT.completed
  },
}
