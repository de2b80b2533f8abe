import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { roughly, since } from './duration.ts'
import { count, sharesOf } from './shares.ts'

/**
 * How long the open stage still takes to reach its nodes.
 *
 * (nodes not reached + nodes in flight) ÷ (nodes activated ÷ time since the stage opened). Gates are not in it: nobody
 * knows when a person approves. Neither are later stages: their members are chosen when they open.
 */
export type Pace =
  | { readonly kind: 'known'; readonly leftMs: number; readonly perMinute: number }
  | { readonly kind: 'unknown'; readonly why: string }

export function paceOf(plan: RolloutBody, now: number): Pace {
  const unknown = (why: string): Pace => ({ kind: 'unknown', why })
  if (plan.phase !== 'active') return unknown(`the plan is ${plan.phase}`)
  const stage = plan.stages.find(({ stage_id }) => stage_id === plan.current_stage_id)
  const open = since(stage?.opened_at, now)
  if (stage?.phase !== 'open' || open === undefined) return unknown('no stage is open')
  if (isTrue(plan, 'Stalled')) return unknown('it stands still')
  const { activated, inFlight, pending } = sharesOf(stage.counts)
  const left = pending + inFlight
  if (left === 0) return unknown('every node is reached; the gates decide')
  if (activated === 0 || open === 0) return unknown('no node of the stage is activated yet')
  return { kind: 'known', leftMs: (left * open) / activated, perMinute: (activated * 60_000) / open }
}

/** One sentence for the head of the page. */
export function paceWords(pace: Pace): string {
  if (pace.kind === 'unknown') return `time left in the stage unknown: ${pace.why}`
  const { leftMs, perMinute } = pace
  const speed =
    perMinute >= 1 ? `${count(Math.round(perMinute))} nodes/min` : `${count(Math.round(perMinute * 60))} nodes/h`
  return `time left in the stage: ${roughly(leftMs)} at ${speed}, gates not counted`
}

export function isTrue({ conditions }: RolloutBody, type: string): boolean {
  return conditions.some(condition => condition.type === type && condition.status === 'True')
}
