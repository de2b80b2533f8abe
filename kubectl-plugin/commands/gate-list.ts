import type { GatesBody } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT, PLAN, PLAN_ID, STAGE_ID } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { show } from '../output/show.ts'
import { gatesText } from '../text/gates.ts'
import { stageOf } from './stage.ts'

export const gateList: Command = {
  path: ['rollout', 'gate', 'list'],
  summary: 'List the gates of a stage, and what each waits for',
  describes: ['A stage is promoted when its nodes have settled and all its gates have passed.'],
  takes: [PLAN],
  flags: [PLAN_ID, { ...STAGE_ID, says: 'the stage; default: the current one' }, OUTPUT, ...CONNECTION],
  examples: [
    { does: 'What the current stage waits for', words: 'rollout gate list plan-abc123' },
    { does: 'Gates of another stage', words: 'rollout gate list plan-abc123 --stage-id stage-04' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const { orchestrator } = await session.connect()
    const stage = values.get('stage-id') ?? stageOf(await orchestrator.get(plan, session))
    const report: GatesBody = await orchestrator.gates(plan, stage, session)
    if (form.kind === 'text' && report.gates.length === 0) {
      session.say(`stage ${stage} has no gates: it is promoted when its nodes have settled\n`)
      return EXIT.completed
    }
    await show(session, form, {
      body: report,
      names: () => report.gates.map(({ name }) => name),
      text: () => gatesText(report.gates, session.clock.now(), session.screen),
    })
    return EXIT.completed
  },
}
