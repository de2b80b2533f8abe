import type { Command } from '../cli/command.ts'
import { CONNECTION, DRY_RUN, OUTPUT, PLAN, PLAN_ID, REASON, STAGE_ID, YES } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { OrchestratorError } from '../orchestrator/trouble.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import { documentedApproval } from '../text/documented.ts'
import { confirmed } from './confirm.ts'

export const gateApprove: Command = {
  path: ['rollout', 'gate', 'approve'],
  summary: 'Approve the manual gate of a stage',
  describes: [
    'One approval of yours counts once; a gate may need those of several people. The stage is promoted when its nodes have settled and all its other gates have passed as well.',
    'Prints the documented answer as JSON.',
  ],
  takes: [PLAN],
  flags: [
    PLAN_ID,
    { ...STAGE_ID, says: 'the stage whose gate is approved; required' },
    { name: 'gate', value: 'NAME', says: "the gate; default: the stage's manual one", completes: 'gate' },
    REASON,
    DRY_RUN,
    YES,
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    {
      does: 'Approve a stage that you have looked at',
      words:
        'rollout gate approve --plan-id plan-abc123 --stage-id stage-02 --reason "drove two robots by hand, all fine"',
    },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const plan = values.need('plan-id')
    const stage = values.need('stage-id')
    const reason = values.need('reason')
    const { orchestrator } = await session.connect()
    const gate = values.get('gate') ?? manualGate(stage, await orchestrator.gates(plan, stage, session))
    if (!(await confirmed('approve', values, session, async () => await orchestrator.get(plan, session))))
      return EXIT.failed
    const answer = await orchestrator.approve(
      plan,
      stage,
      gate,
      { reason },
      { signal: session.signal, dryRun: values.has('dry-run') },
    )
    await show(session, form, {
      body: answer,
      names: () => [nameOf(answer.plan_id)],
      text: () => documentedApproval(answer),
    })
    return EXIT.completed
  },
}

type Gates = { readonly gates: readonly { readonly name: string; readonly kind: string }[] }

/** @throws OrchestratorError no_manual_gate, as the server would say it */
function manualGate(stage: string, { gates }: Gates): string {
  const manual = gates.find(({ kind }) => kind === 'manual')
  if (manual !== undefined) return manual.name
  const has = gates.length === 0 ? 'it has none at all' : `it has ${gates.map(({ name }) => name).join(', ')}`
  throw new OrchestratorError(
    { kind: 'refused', request: '', status: 409, error: 'no_manual_gate', reason: 'Conflict' },
    `stage ${stage} has no manual gate: ${has}, and only a manual one is approved`,
  )
}
