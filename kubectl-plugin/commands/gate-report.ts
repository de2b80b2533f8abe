import { GATE_STATES } from '../../operator/api/gate-state.ts'
import type { ReportRequest } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, DRY_RUN, OUTPUT, PLAN, PLAN_ID } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { shownRecovery } from '../output/recovery.ts'
import { show } from '../output/show.ts'

export const gateReport: Command = {
  path: ['rollout', 'gate', 'report'],
  summary: 'Report the verdict that a webhook gate waits for',
  describes: [
    'For the service that was asked and has answered 202, or whoever stands in for it. One report counts for one question; "rollout gate list -o json" shows the evaluation of the one that is waited for.',
    'Prints the answer as JSON. The same report again is taken for a repeat and takes effect once.',
  ],
  takes: [PLAN],
  flags: [
    PLAN_ID,
    { name: 'evaluation', value: 'ID', says: 'the question, as it was asked; required' },
    { name: 'verdict', value: 'WORD', says: 'passed, failed or unknown; required', oneOf: GATE_STATES },
    { name: 'detail', value: 'TEXT', says: 'what was found, in one sentence, for the screen and the record' },
    DRY_RUN,
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    {
      does: 'Report that a load test has passed',
      words:
        'rollout gate report plan-abc123 --evaluation 0b9c4f1e/stage-03/load/1773821400000 --verdict passed --detail "12000 requests, p99 180 ms"',
    },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const evaluation = values.need('evaluation')
    const state = values.need('verdict') as ReportRequest['state']
    const detail = values.get('detail')
    const { orchestrator } = await session.connect()
    const answer = await orchestrator.report(
      plan,
      { evaluation, state, ...(detail === undefined ? {} : { detail }) },
      { signal: session.signal, dryRun: values.has('dry-run') },
    )
    await show(session, form, shownRecovery(answer))
    return EXIT.completed
  },
}
