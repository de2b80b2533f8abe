import type { GateSpec, MetricSpec } from '../../api/rollout-plan.ts'
import type { GateState } from '../../api/rollout-plan-status.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { windowOf } from './query.ts'
import type { Reading } from './reading.ts'
import { termsOf, watched } from './watched.ts'

/** What one query yielded: one number and of when it is, or why there is none. */
export type Sample =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'nothing'; readonly why: string }

/** Everything that was asked for one reading. */
export type Samples = { readonly value: Sample; readonly baseline?: Sample; readonly minimum?: Sample }

/** Passes when a Prometheus yields numbers that keep the condition. */
export function metric(gate: GateSpec, name: string, context: GateContext, before: GateState | undefined): GateAnswer {
  return watched(termsOf(gate, name, gate.metric ? windowMs(gate.metric) : 0), context, before)
}

function windowMs({ windowSeconds, query }: MetricSpec): number {
  return windowSeconds === undefined ? windowOf(query) : windowSeconds * 1000
}

/** So old, or so far ahead, in milliseconds, a sample may be; Prometheus itself looks back five minutes at most. */
const OLDEST = 300_000
const AHEAD = 60_000

/** What the numbers mean for the gate. */
export function judge(spec: MetricSpec, { value, baseline, minimum }: Samples, at: number): Reading {
  const nothing = (trouble: string): Reading => ({ at, verdict: 'unknown', trouble })
  if (spec.minimum && minimum) {
    if (minimum.kind === 'nothing') return nothing(`the amount of evidence is not known: ${minimum.why}`)
    if (minimum.value < spec.minimum.value)
      return nothing(`too little evidence: ${number(minimum.value)}, at least ${number(spec.minimum.value)} wanted`)
  }
  if (value.kind === 'nothing') return nothing(value.why)
  const late = at - value.at
  if (late > OLDEST)
    return nothing(`the sample is of ${Math.round(late / 1000)} s ago: stale, or a clock that is wrong`)
  if (late < -AHEAD) return nothing(`the sample is of ${Math.round(-late / 1000)} s ahead: a clock is wrong`)
  const compared = compare(spec, value.value, baseline)
  if ('why' in compared) return nothing(compared.why)
  return {
    at,
    verdict: holds(spec.condition, compared.number) ? 'good' : 'bad',
    value: compared.value,
    threshold: `${bounds(spec.condition)}${compared.unit}`,
    sampledAt: value.at,
  }
}

type Compared = { readonly number: number; readonly value: string; readonly unit: string } | { readonly why: string }

function compare({ baseline: spec }: MetricSpec, value: number, baseline: Sample | undefined): Compared {
  if (spec === undefined || baseline === undefined) return { number: value, value: number(value), unit: '' }
  if (baseline.kind === 'nothing') return { why: `the baseline is not known: ${baseline.why}` }
  const base = `baseline ${number(baseline.value)}`
  if (spec.by === 'difference') {
    const difference = value - baseline.value
    return { number: difference, value: `${number(value)} (${number(difference)} above ${base})`, unit: ' above it' }
  }
  if (baseline.value === 0) return { why: `there is no ratio to a baseline of 0 (the value is ${number(value)})` }
  const ratio = value / baseline.value
  return { number: ratio, value: `${number(value)} (${number(ratio)} times ${base})`, unit: ' times it' }
}

const SIGNS = { lt: '<', le: '<=', gt: '>', ge: '>=', eq: '=' } as const

const OPERATORS = ['gt', 'ge', 'lt', 'le', 'eq'] as const

function holds(condition: MetricSpec['condition'], value: number): boolean {
  const { lt = Infinity, le = Infinity, gt = -Infinity, ge = -Infinity, eq = value } = condition
  return value < lt && value <= le && value > gt && value >= ge && value === eq
}

function bounds(condition: MetricSpec['condition']): string {
  return OPERATORS.flatMap(sign => {
    const bound = condition[sign]
    return bound === undefined ? [] : [`${SIGNS[sign]} ${number(bound)}`]
  }).join(' and ')
}

/** As short as it can be said with six digits. */
function number(value: number): string {
  return String(Number(value.toPrecision(6)))
}
