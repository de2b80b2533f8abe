import { UsageError } from '../cli/invocation.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { age, parseSpan, span } from '../output/age.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import { table } from '../output/table.ts'

export const stuck: Command = {
  path: ['rollout', 'stuck'],
  summary: 'List plans that have made no progress for too long, longest first',
  describes: [
    'A plan is stuck when it is published or active and has made no progress for an hour, or for what --threshold says. A soak that runs is progress.',
  ],
  takes: [],
  flags: [
    { name: 'threshold', value: 'TIME', says: 'how long is too long, such as 15m; default: 1h' },
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    { does: 'What needs somebody now', words: 'rollout stuck' },
    { does: 'What has not moved for a quarter of an hour', words: 'rollout stuck --threshold 15m' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const text = values.get('threshold')
    const ms = text === undefined ? undefined : parseSpan(text)
    if (text !== undefined && ms === undefined)
      throw new UsageError(`--threshold ${text} is no length of time, such as 15m or 1h`, ['rollout', 'stuck'])
    const seconds = ms === undefined ? undefined : Math.floor(ms / 1_000)
    const { orchestrator } = await session.connect()
    const report = await orchestrator.stuck(seconds, session)
    const { stuck_plans: plans } = report
    if (form.kind === 'text' && plans.length === 0) {
      session.say(`no plan has stood still for ${span(seconds ?? 3_600)}\n`)
      return EXIT.completed
    }
    const now = session.clock.now()
    await show(session, form, {
      body: report,
      names: () => plans.map(({ plan_id }) => nameOf(plan_id)),
      text: () =>
        table(
          ['PLAN', 'PHASE', 'STAGE', 'STUCK', 'REASON'].map(title => ({ title })),
          plans.map(({ plan_id, phase, current_stage_id = '', stuck_since, stuck_reason }) => [
            plan_id,
            phase,
            current_stage_id,
            { text: age(stuck_since, now), style: 'red' },
            stuck_reason,
          ]),
          session.screen,
        ),
    })
    return EXIT.completed
  },
}
