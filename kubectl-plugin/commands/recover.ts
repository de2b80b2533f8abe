import type { RecoverRequest } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import {
  CONNECTION,
  DRY_RUN,
  ONLY_GATE,
  ONLY_STAGE,
  OUTPUT,
  PLAN,
  PLAN_ID,
  REASON,
  STRATEGY,
  YES,
} from '../cli/flags.ts'
import { UsageError } from '../cli/invocation.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { shownRecovery } from '../output/recovery.ts'
import { show } from '../output/show.ts'
import { confirmed } from './confirm.ts'

export const recover: Command = {
  path: ['rollout', 'recover'],
  summary: 'Get a plan that stands still going again, or stop it for good',
  describes: [
    'rollback: the release is harmful. No further node is activated, nodes in flight get back what they had, activated ones keep running it. The plan has ended.',
    'retry: the cause has gone. Failed nodes are tried again and everything is evaluated anew; promoted stages stay promoted. Can be done again and again.',
    'skip_failed: the stage does not matter, and the release was checked by other means. The stage is promoted past its gates, for good, and the next one opens. With --gate, that gate alone is passed, under your name, and the others still hold.',
    'Prints the documented answer as JSON. The same command again within two minutes is taken for a repeat and takes effect once.',
  ],
  takes: [PLAN],
  flags: [PLAN_ID, STRATEGY, REASON, ONLY_GATE, ONLY_STAGE, DRY_RUN, YES, OUTPUT, ...CONNECTION],
  examples: [
    {
      does: 'Stop a harmful release',
      words:
        'rollout recover --plan-id plan-abc123 --strategy rollback --reason "canary error rate exceeded 5% threshold for 10 minutes"',
    },
    {
      does: 'Try again, but only if stage-03 is still the one that stands still',
      words: 'rollout recover plan-abc123 --strategy retry --stage-id stage-03 --reason "telemetry gap resolved"',
    },
    {
      does: 'Go on without one gate, and wait for the others',
      words: 'rollout recover plan-abc123 --strategy skip_failed --gate error-rate --reason "the exporter is broken"',
    },
    {
      does: 'See what skipping would do',
      words: 'rollout recover plan-abc123 --strategy skip_failed --reason "checked by hand" --dry-run',
    },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const strategy = values.need('strategy') as RecoverRequest['strategy']
    const reason = values.need('reason')
    const stage = values.get('stage-id')
    const gate = values.get('gate')
    if (gate !== undefined && strategy !== 'skip_failed')
      throw new UsageError(`--gate goes with --strategy skip_failed; ${strategy} is about the whole stage`)
    const { orchestrator } = await session.connect()
    if (!(await confirmed(strategy, values, session, async () => await orchestrator.get(plan, session))))
      return EXIT.failed
    const answer = await orchestrator.recover(
      plan,
      {
        strategy,
        reason,
        ...(stage === undefined ? {} : { stage_id: stage }),
        ...(gate === undefined ? {} : { gate }),
      },
      { signal: session.signal, dryRun: values.has('dry-run') },
    )
    await show(session, form, shownRecovery(answer))
    return EXIT.completed
  },
}
