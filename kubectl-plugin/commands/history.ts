import type { HistoryBody } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT, PLAN, PLAN_ID } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { show } from '../output/show.ts'
import { table } from '../output/table.ts'

export const history: Command = {
  path: ['rollout', 'history'],
  summary: 'Tell what has happened to a plan: who did what, when and why',
  describes: [
    "Every transition and every recovery, oldest first, refused ones too. The operator is who the API server has verified; -o wide adds who they said they were, the door they came through, and the audit id, which is that of the API server's own audit log.",
  ],
  takes: [PLAN],
  flags: [PLAN_ID, OUTPUT, ...CONNECTION],
  examples: [
    { does: 'Who did what', words: 'rollout history plan-abc123' },
    {
      does: 'Only what people did',
      words: `rollout history plan-abc123 -o jsonpath='{range .events[?(@.operator)]}{.at} {.operator} {.strategy}{"\\n"}{end}'`,
    },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const { orchestrator } = await session.connect()
    const report = await orchestrator.history(plan, session)
    await show(session, form, {
      body: report,
      names: () =>
        report.events.flatMap(({ recovery }) =>
          recovery === undefined ? [] : [`rolloutrecovery.fleet.autonomyops.dev/${recovery}`],
        ),
      text: wide =>
        table(
          ['WHEN', 'EVENT', 'STAGE', 'WHO', ...(wide ? ['CLAIMED', 'DOOR', 'AUDIT'] : []), 'WHAT'].map(title => ({
            title,
          })),
          report.events.map(event => [
            event.at,
            { text: wordOf(event), style: event.outcome === 'rejected' ? 'red' : undefined },
            event.stage_id ?? '',
            event.operator ?? '',
            ...(wide ? [event.claimed_operator ?? '', event.door ?? '', event.audit_id ?? ''] : []),
            event.message ?? '',
          ]),
          session.screen,
        ),
    })
    return EXIT.completed
  },
}

/** `Rejected retry (plan_already_terminal)`. */
function wordOf({ event, strategy, code }: HistoryBody['events'][number]): string {
  return [event, strategy, code === undefined ? undefined : `(${code})`].filter(part => part !== undefined).join(' ')
}
