import { EXIT } from '../exit-code.ts'
import { didYouMean } from '../cli/nearest.ts'
import type { Refused } from '../orchestrator/trouble.ts'
import type { Complaint } from './complaint.ts'
import { skewed } from './skew.ts'
import type { Situation } from './situation.ts'

type Advice = (situation: Situation, trouble: Refused) => readonly string[] | undefined

/** A plan from a file is named by the server alone. */
const describe: Advice = ({ plan }, { details }) => {
  const name = plan ?? details?.name
  return name === undefined ? undefined : ['rollout', 'plan', 'describe', name]
}
const history: Advice = ({ plan }) => (plan === undefined ? undefined : ['rollout', 'history', plan])
const gates: Advice = ({ plan, stage }) =>
  plan === undefined
    ? undefined
    : ['rollout', 'gate', 'list', plan, ...(stage === undefined ? [] : ['--stage-id', stage])]

/** The command to try next, by the server's code. Those that are missing here have none. */
const NEXT: { readonly [error: string]: Advice } = {
  plan_not_found: ({ near }) =>
    near.length === 1 ? ['rollout', 'plan', 'describe', near[0]!] : ['rollout', 'plan', 'list'],
  plan_replaced: describe,
  plan_already_terminal: history,
  plan_not_active: describe,
  plan_not_paused: describe,
  no_current_stage: describe,
  stage_not_current: describe,
  stage_not_found: describe,
  stage_halted: ({ plan }) =>
    plan === undefined ? undefined : ['rollout', 'recover', plan, '--strategy', 'retry', '--reason', '…'],
  gate_not_found: gates,
  no_manual_gate: gates,
  already_approved: gates,
  already_skipped: gates,
  no_callback_gate: gates,
  evaluation_not_awaited: gates,
  already_reported: gates,
  waiting_for_plan: () => ['rollout', 'plan', 'list'],
  precondition_failed: describe,
  plan_exists: describe,
  no_verdict: history,
  timed_out: history,
  invalid_request: ({ file }) => (file === undefined ? undefined : ['rollout', 'lint', '-f', file]),
}

/** Refusals of a server that is another release than this program may be that very difference. */
const OF_ANOTHER_RELEASE: ReadonlySet<string> = new Set([
  'bad_parameter',
  'invalid_request',
  'method_not_allowed',
  'path_not_found',
])

export function refusedComplaint(trouble: Refused, message: string, situation: Situation): Complaint {
  const { error, status, details, recovery, server } = trouble
  const words = NEXT[error]?.(situation, trouble)
  const skew = OF_ANOTHER_RELEASE.has(error) ? skewed(situation.release, server) : undefined
  return {
    code: error,
    why: skew === undefined ? whyOf(error, message, situation) : `${message}; ${skew}`,
    ...(words === undefined ? {} : { next: situation.command(words) }),
    exit: status === 504 ? EXIT.timeout : status === 503 ? EXIT.unreachable : EXIT.failed,
    status,
    ...(details === undefined ? {} : { details }),
    ...(recovery === undefined ? {} : { recovery }),
  }
}

/** The server speaks of paths where a person of this program thinks of commands. */
function whyOf(error: string, message: string, { plan, namespace, near }: Situation): string {
  if (error !== 'plan_not_found' || plan === undefined) return message
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`
  const hint = didYouMean(near)
  return `there is no plan ${plan}${where}${hint === '' ? '' : `; ${hint}`}`
}
