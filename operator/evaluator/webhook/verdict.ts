import { GATE_STATES } from '../../api/gate-state.ts'
import { isRecord } from '../../kube/refusal.ts'
import type { Verdict } from '../../rollout/gates/webhook.ts'

/** The longest answer, in bytes: a verdict is a word and a sentence. */
export const LONGEST_VERDICT = 16 * 1024

/**
 * What an answer says. Only a clear verdict is one; everything else is nothing, with a reason and a remedy
 * (docs/gates/webhook.md has the table).
 *
 * Of what the other side has written, nothing is repeated that is not the detail of a verdict: a plan's author could have
 * the operator read aloud what only the operator can reach.
 *
 * @param reportBy until when the question may be reported on instead, epoch milliseconds; undefined: it may not
 */
export function verdictOf(status: number, contentType: string | undefined, text: string, reportBy?: number): Verdict {
  if (status === 202 && reportBy !== undefined) return { kind: 'taken', reportBy }
  if (status >= 300 && status < 400)
    return nothing(`redirected (${status}), which is not followed: give the final address`)
  if (status === 401 || status === 403) return nothing(`access denied (${status}): see to the key and the credentials`)
  if (status === 404) return nothing('there is nothing at this address (404)')
  if (status === 429) return nothing('asked too often (429)')
  if (status >= 500) return nothing(`server error (${status})`)
  if (status === 202) return nothing('answered 202: for a report that comes later the gate needs a callback')
  if (status !== 200) return nothing(`answered ${status}: a verdict comes with 200, state unknown until there is one`)
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? ''))
    return nothing('the answer is not of type application/json')
  const body = parsed(text)
  if (!isRecord(body)) return nothing('the answer is no JSON object')
  const state = GATE_STATES.find(known => known === body['state'])
  if (state === undefined) return nothing(`the answer has no state that is one of ${GATE_STATES.join(', ')}`)
  const { detail = '' } = body
  if (typeof detail !== 'string') return nothing('the detail of the answer is no text')
  return { kind: 'said', state, detail: detail.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nothing(why: string): Verdict {
  return { kind: 'nothing', why }
}
