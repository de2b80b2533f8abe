import type { GateSpec } from '../../api/rollout-plan.ts'
import { timestamp } from '../time.ts'

/** A question that is reported on later, instead of answered. */
export type Awaited = {
  /** When it was asked; epoch milliseconds. */
  readonly askedAt: number
  /** Until when the report is waited for; absent when it has come. */
  readonly by?: number
}

/** What was waited for in vain: why nothing was learned, and since when. */
export type Silence = { readonly why: string; readonly since: number }

/** How long a service that takes a question on has to report, in milliseconds; undefined: it has to answer. */
export function callbackOf({ webhook }: GateSpec): number | undefined {
  return webhook?.callback && webhook.callback.deadlineSeconds * 1000
}

/** The silence of a service that was to report and has not; `before` is the one that went on already. */
export function missedReport({ askedAt, by }: Awaited, before: Silence | undefined): Silence | undefined {
  return by === undefined
    ? undefined
    : { why: `it has not reported by ${timestamp(by + 999)}`, since: before?.since ?? askedAt }
}

/** What a gate says while a report is waited for, as the rest of a sentence that begins with the gate's name. */
export function awaiting({ askedAt }: Awaited, by: number): string {
  return `was asked at ${timestamp(askedAt)}, and reports by itself until ${timestamp(by + 999)}`
}

/** The same of a gate that has something else to say, too. */
export function awaitingAgain({ askedAt }: Awaited, by: number): string {
  return `; was asked again at ${timestamp(askedAt)}, and has until ${timestamp(by + 999)}`
}
