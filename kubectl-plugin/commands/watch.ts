import type { Command } from '../cli/command.ts'
import { CONNECTION, PLAN, PLAN_ID } from '../cli/flags.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

export const watch: Command = {
  path: ['rollout', 'watch'],
  summary: 'Watch plans live, and act on them',
  describes: [
    'Without PLAN, all plans; with it, its stages with their nodes, gates, failing nodes, and what has happened. Keys: arrows and enter to look closer, r to recover, a to approve, h to halt, / to filter, ? for help, q to leave. Nothing is done without a reason and a yes.',
    'Where there is no terminal, one line a change is printed until the plan has ended. For pipelines, "rollout status --watch" has exit codes that say how.',
  ],
  takes: [{ ...PLAN, optional: true }],
  flags: [PLAN_ID, ...CONNECTION],
  examples: [
    { does: 'Everything at a glance', words: 'rollout watch' },
    { does: 'One plan', words: 'rollout watch plan-abc123' },
  ],
  run: async ({ values }, session) => {
    const plan = values.get('plan-id')
    const { orchestrator } = await session.connect()
    const { streams, env, clock, explain, signal } = session
    const { watch: show } = await import('../ui/watch.ts')
    const code = await show({
      orchestrator,
      ...(plan === undefined ? {} : { plan }),
      ...streams,
      env,
      clock,
      explain,
      signal,
    })
    return exitOf(code)
  },
}

function exitOf(code: number): ExitCode {
  return Object.values(EXIT).find(known => known === code) ?? EXIT.failed
}
