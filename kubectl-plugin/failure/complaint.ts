import type { ErrorBody } from '../../operator/rest/schema/bodies.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { OrchestratorError } from '../orchestrator/trouble.ts'
import { UsageError } from '../cli/invocation.ts'
import { credentialsComplaint, deniedComplaint } from './denied.ts'
import { refusedComplaint } from './refused.ts'
import type { Situation } from './situation.ts'
import { unreachableComplaint } from './unreachable.ts'

/** What a person is told of a failure: what was refused, why, and what to try next. */
export type Complaint = {
  /** Stable, snake_case: what scripts compare. */
  readonly code: string
  /** One sentence, without a full stop. */
  readonly why: string
  /** A command to try, as it can be typed. */
  readonly next?: string
  readonly exit: ExitCode
  /** The server's own words, where `why` has others. */
  readonly said?: string
  /** HTTP status of the answer, where there was one. */
  readonly status?: number
  readonly details?: ErrorBody['details']
  readonly recovery?: string
}

/** Pure: the same failure in the same situation is told in the same words. */
export function complaintOf(error: unknown, situation: Situation): Complaint {
  if (error instanceof UsageError) {
    const next = [situation.program, ...error.path, '--help'].join(' ')
    return { code: error.code, why: error.message, next, exit: EXIT.usage }
  }
  if (error instanceof OrchestratorError) {
    const { trouble, message } = error
    switch (trouble.kind) {
      case 'refused':
        return refusedComplaint(trouble, message, situation)
      case 'denied':
        return deniedComplaint(trouble, message, situation)
      case 'credentials':
        return credentialsComplaint(trouble.code, message, situation)
      default:
        return unreachableComplaint(trouble, message, situation)
    }
  }
  const why = error instanceof Error ? error.message : String(error)
  return { code: 'internal_error', why: `this is a fault of the program: ${why}`, exit: EXIT.failed }
}

/** The one line: `autonomy: rollout recover plan-abc123: plan plan-abc123 is cancelled; … Try: …`. */
export function complaintText({ why, next }: Complaint, { program, doing }: Situation): string {
  const what = doing === '' ? program : `${program}: ${doing}`
  const end = /[.?!…]$/.test(why) ? '' : '.'
  return `${what}: ${why}${end}${next === undefined ? '' : ` Try: ${next}`}\n`
}

/** The same for a program, on one line. */
export function complaintJson({ code, why, said, next, exit, status, details, recovery }: Complaint): string {
  const known = { error: code, message: why, said, status, next, exit_code: exit, recovery, details }
  return `${JSON.stringify(known)}\n`
}
