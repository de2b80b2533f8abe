import { EXIT } from '../exit-code.ts'

/** The documented exit codes. */
export const EXITS = [
  { code: EXIT.completed, means: 'done; rollout status: the plan is completed, or goes on and is not waited for' },
  { code: EXIT.failed, means: 'refused; rollout status: the plan is rolled back or cancelled' },
  { code: EXIT.usage, means: 'the command line or the file is wrong' },
  { code: EXIT.stuck, means: 'rollout status: the plan is stuck and needs a person' },
  { code: EXIT.timeout, means: 'no answer in time; rollout status: not completed in time' },
  { code: EXIT.denied, means: 'not known (401), or no right to it (403)' },
  { code: EXIT.unreachable, means: 'no orchestrator can be reached' },
] as const
