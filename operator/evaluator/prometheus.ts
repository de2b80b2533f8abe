import { isRecord } from '../kube/refusal.ts'
import type { Sample } from '../rollout/gates/metric.ts'

/** The longest answer to one query, in bytes: a query has to yield one number. */
export const LONGEST_ANSWER = 256 * 1024

/** What asks for one number: an instant query, as a form, because a query with the names of a stage fits no URL. */
export function queryForm(query: string, time: number | undefined, timeoutMs: number): string {
  return new URLSearchParams({
    query,
    timeout: `${timeoutMs / 1000}s`,
    ...(time === undefined ? {} : { time: String(time / 1000) }),
  }).toString()
}

/**
 * What an answer of the Prometheus HTTP API says. Only a single finite number is a number; everything else is nothing,
 * with a reason and a remedy (docs/gates.md has the table).
 *
 * Of what the other side has written, nothing is repeated that is not part of such an answer's own form.
 */
export function sampleOf(status: number, text: string): Sample {
  const body = parsed(text)
  if (status >= 300 && status < 400)
    return nothing(`redirected (${status}), which is not followed: give the final address`)
  if (status === 401 || status === 403) return nothing(`access denied (${status}): see to the credentials`)
  if (status === 404) return nothing('there is no Prometheus API at this address (404)')
  if (status === 429) return nothing('asked too often (429)')
  if (!isRecord(body) || (body['status'] !== 'success' && body['status'] !== 'error'))
    return nothing(status >= 500 ? `server error (${status})` : `the answer is none of a Prometheus API (${status})`)
  if (body['status'] === 'error' || status !== 200) return nothing(refusal(status, body))
  const warnings = body['warnings']
  if (Array.isArray(warnings) && warnings.length > 0) return nothing(`the answer has a warning: ${quoted(warnings[0])}`)
  if (body['isPartial'] === true) return nothing('the answer is partial')
  return resultOf(body['data'])
}

function resultOf(data: unknown): Sample {
  if (!isRecord(data)) return nothing('the answer has no data')
  const { resultType, result } = data
  switch (resultType) {
    case 'scalar':
      return pointOf(result)
    case 'vector': {
      if (!Array.isArray(result)) return nothing('the answer has no data')
      if (result.length === 0)
        return nothing('no data: the query yields nothing (add "or vector(0)" where that means 0)')
      if (result.length > 1)
        return nothing(`the query yields ${result.length} series: aggregate them to one (sum, max)`)
      const [series] = result as readonly unknown[]
      if (!isRecord(series) || series['value'] === undefined)
        return nothing('the query yields a histogram: take a number from it')
      return pointOf(series['value'])
    }
    case 'matrix':
      return nothing('the query yields a range: leave the last [...] out, or aggregate over it')
    case 'string':
      return nothing('the query yields a string')
    default:
      return nothing('the answer is none of a Prometheus API')
  }
}

function pointOf(point: unknown): Sample {
  if (!Array.isArray(point)) return nothing('the answer is none of a Prometheus API')
  const [time, text] = point as readonly unknown[]
  const value = typeof text === 'string' && text !== '' ? Number(text.replace('Inf', 'Infinity')) : Number.NaN
  if (typeof time !== 'number' || !Number.isFinite(time)) return nothing('the answer is none of a Prometheus API')
  if (text === 'NaN') return nothing('the value is NaN: something is divided by 0, so there was nothing to measure')
  if (Number.isNaN(value)) return nothing('the value is not a number')
  if (!Number.isFinite(value)) return nothing(`the value is ${String(text)}: something is divided by 0`)
  return { kind: 'number', value, at: time * 1000 }
}

function refusal(status: number, body: { readonly [key: string]: unknown }): string {
  const type = body['errorType']
  const what = type === 'bad_data' || type === 'execution' ? 'the query is refused' : `server error (${status})`
  return `${what}: ${quoted(body['error'])}`
}

function quoted(text: unknown): string {
  return typeof text === 'string' ? text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 120) : 'without a reason'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nothing(why: string): Sample {
  return { kind: 'nothing', why }
}
