import type { Outcome } from '../outbound/request.ts'

const MOST_REPETITIONS = 2
const FIRST_PAUSE = 500

/**
 * How long to wait before the same question is sent again; undefined: what came is the outcome.
 *
 * Sent again: after 429 and 5xx, when asked for by Retry-After, and after a connection that broke or was refused. Not
 * after time-outs, which have used the time up, nor where the certificate or the address is wrong.
 *
 * @param sent how often it was sent before this outcome came
 * @param random in [0, 1)
 */
export function pauseBefore(outcome: Outcome, sent: number, random: number): number | undefined {
  if (sent > MOST_REPETITIONS) return undefined
  const mayPass = outcome.kind === 'failure' ? outcome.broken : outcome.status === 429 || outcome.status >= 500
  if (!mayPass) return undefined
  const asked = outcome.kind === 'answer' ? outcome.retryAfterMs : undefined
  return asked ?? FIRST_PAUSE * 2 ** (sent - 1) * (0.5 + random / 2)
}
