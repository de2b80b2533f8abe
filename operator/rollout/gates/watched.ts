import type { Evidence } from '../../api/gate-state.ts'
import type { GateSpec } from '../../api/rollout-plan.ts'
import type { GateState, StageStatus } from '../../api/rollout-plan-status.ts'
import { instant, moment, spell, timestamp } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'
import { type Awaited, type Silence, awaiting, awaitingAgain, missedReport } from './callback.ts'
import { type Reading, readingKey } from './reading.ts'

/** Evidence that changes no course is written at most this often, in milliseconds. */
export const RECORD_INTERVAL = 60_000

/** A reading that was too early is made anew after this many milliseconds at the soonest. */
const SOONEST = 1000

/** How readings become an answer; the same for every kind that looks outside. */
export type Terms = {
  readonly name: string
  readonly intervalMs: number
  readonly forMs: number
  readonly consecutive: number
  readonly failureLimit: number
  /** How far back one reading looks. */
  readonly windowMs: number
  /** What there is none of when nothing was learned. */
  readonly subject: 'data' | 'verdict'
  /** How long one look may take; default: no time that counts. */
  readonly takesMs?: number
}

export function termsOf(gate: GateSpec, name: string, windowMs: number): Terms {
  return {
    name,
    intervalMs: (gate.intervalSeconds ?? 60) * 1000,
    forMs: (gate.forSeconds ?? 0) * 1000,
    consecutive: gate.consecutive ?? 1,
    failureLimit: gate.failureLimit ?? 0,
    windowMs,
    subject: gate.kind === 'metric' ? 'data' : 'verdict',
  }
}

/** Evidence with its times as numbers. */
type Seen = {
  readonly readAt: number
  readonly verdict: Evidence['verdict']
  readonly value?: string
  readonly threshold?: string
  readonly said?: string
  readonly sampledAt?: number
  readonly good: number
  readonly run?: { readonly since: number; readonly until: number }
  readonly bad: number
  readonly trouble?: Silence
  readonly awaited?: Awaited
}

/** From when on readings count against the stage, and for it. */
type Counting = { readonly bad: number; readonly good: number }

/**
 * The answer of a gate that looks outside, from what its status has of earlier readings and from those since.
 *
 * - One bad reading more than `failureLimit`: `failed`, until the stage is retried. Bad readings count from the opening
 *   of the stage, or its last retry.
 * - Good readings for `forMs` without a break, at least `consecutive` of them, and the latest look showed another:
 *   `passed`. They count from the settling: before it, they speak of a part of the nodes.
 * - Otherwise `unknown`. A look that teaches nothing counts for neither; it does not break a run of good readings unless
 *   more than two in a row are missing, which two minutes are added to for what a new leader may not have been told.
 * - While a report is waited for nobody is asked again, and what was learned before stands. One that does not come is
 *   silence, and then the question is asked anew.
 *
 * Nothing of a reading's window may lie before the time from which it counts.
 */
export function watched(terms: Terms, context: GateContext, before: GateState | undefined): GateAnswer {
  const { stage, members, now } = context
  if (members.length === 0) return { state: 'passed', detail: 'the stage has no nodes' }
  if (!members.some(({ ours }) => ours)) return { state: 'unknown', detail: 'no node of the stage is activated yet' }

  const start = startOf(stage, now)
  const counting = countingOf(terms, stage, start)
  const readings = context.readings?.get(readingKey(stage.id, terms.name)) ?? []
  const recorded = before?.evidence && instant(before.evidence.readAt) >= start ? seenOf(before.evidence) : undefined
  const seen = readings
    .filter(({ at, pending }) => pending !== true && at > (recorded?.readAt ?? start - 1))
    .reduce<Seen | undefined>((known, reading) => after(terms, counting, known, reading), recorded)
  if (seen === undefined) {
    const pending = readings.findLast(reading => reading.pending)?.trouble
    return { state: 'unknown', detail: pending ?? 'has not been read yet', lookAt: Math.max(now, start) }
  }

  const valid = validRun(terms, counting, overdue(seen, now), now)
  const lookAt = seen.awaited?.by ?? nextLook(terms, counting, valid)
  const evidence = evidenceOf(valid, lookAt)
  return { ...answer(terms, counting, valid, now), evidence, lookAt }
}

/** When the stage opened, or was last retried: what was seen before counts for nothing. */
export function startOf({ openedAt, retriedAt }: StageStatus, now: number): number {
  const opened = openedAt === undefined ? now : instant(openedAt)
  return retriedAt === undefined ? opened : Math.max(opened, instant(retriedAt))
}

function countingOf({ windowMs }: Terms, { settledAt }: StageStatus, start: number): Counting {
  const good = settledAt === undefined ? Infinity : Math.max(start, instant(settledAt)) + windowMs
  return { bad: start + windowMs, good }
}

/** Nobody waits a whole interval because a good reading was too early to count: it is made anew when it would count. */
function nextLook({ intervalMs }: Terms, counting: Counting, { readAt, verdict, sampledAt }: Seen): number {
  const early = counting.good - spokenOf(readAt, sampledAt)
  if (verdict !== 'good' || early <= 0) return readAt + intervalMs
  return readAt + Math.min(intervalMs, Math.max(SOONEST, early))
}

/** How far apart two good readings may be for nothing to be missing between them. */
function forgiven({ intervalMs, takesMs = 0 }: Terms): number {
  return 3 * (intervalMs + takesMs) + 2 * RECORD_INTERVAL
}

function after(terms: Terms, counting: Counting, known: Seen | undefined, reading: Reading): Seen {
  const { at: readAt, verdict, value, threshold, said, sampledAt, trouble: why = 'nothing was learned' } = reading
  const { trouble, run, awaited: before, ...kept } = known ?? NOTHING
  const runs = run === undefined ? {} : { run }
  if (reading.reportBy !== undefined) {
    const silence = (before && missedReport(before, trouble)) ?? trouble
    const silent = silence === undefined ? {} : { trouble: silence }
    return { verdict, ...kept, ...runs, ...silent, readAt, awaited: { askedAt: readAt, by: reading.reportBy } }
  }
  const reported = reading.reports === undefined ? {} : { awaited: { askedAt: reading.reports } }
  if (verdict === 'unknown')
    return { ...kept, ...runs, ...reported, readAt, verdict, trouble: { why, since: trouble?.since ?? readAt } }
  const speaksOf = spokenOf(readAt, sampledAt)
  const parts = {
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(said === undefined ? {} : { said }),
    ...(sampledAt === undefined ? {} : { sampledAt }),
    ...reported,
  }
  if (verdict === 'bad') {
    const counts = speaksOf >= counting.bad
    const bad = Math.min(terms.failureLimit + 1, kept.bad + (counts ? 1 : 0))
    return { ...parts, readAt, verdict, good: 0, bad }
  }
  const { bad } = kept
  if (speaksOf < counting.good) return { ...parts, readAt, verdict, good: 0, bad }
  const goesOn = run !== undefined && run.since >= counting.good && readAt - run.until <= forgiven(terms)
  const good = Math.min(terms.consecutive, goesOn ? kept.good + 1 : 1)
  return { ...parts, readAt, verdict, good, bad, run: { since: goesOn ? run.since : readAt, until: readAt } }
}

/** Of when a reading speaks: its sample may be older than the look, and is never newer. */
function spokenOf(readAt: number, sampledAt = readAt): number {
  return Math.min(readAt, sampledAt)
}

const NOTHING = { good: 0, bad: 0, trouble: undefined, run: undefined, awaited: undefined }

/** With its silence, when a report that was waited for has not come. */
function overdue(seen: Seen, now: number): Seen {
  if (seen.awaited?.by === undefined || now < seen.awaited.by) return seen
  const trouble = missedReport(seen.awaited, seen.trouble)
  return trouble === undefined ? seen : { ...seen, trouble }
}

/** Without a run that was broken: the stage has settled anew since, or nothing was read for too long. */
function validRun(terms: Terms, counting: Counting, seen: Seen, now: number): Seen {
  const { run, ...rest } = seen
  if (run === undefined) return seen
  const broken = run.since < counting.good || now - run.until > forgiven(terms)
  return broken ? { ...rest, good: 0 } : seen
}

type Told = Pick<GateAnswer, 'state' | 'detail' | 'due'>

function answer(terms: Terms, counting: Counting, seen: Seen, now: number): Told {
  const { awaited, trouble, value } = seen
  if (awaited?.by === undefined || awaited.by <= now) return learned(terms, counting, seen)
  if (trouble === undefined && value === undefined) return { state: 'unknown', detail: awaiting(awaited, awaited.by) }
  const told = learned(terms, counting, seen)
  return told.state === 'unknown' ? { ...told, detail: `${told.detail}${awaitingAgain(awaited, awaited.by)}` } : told
}

/** What follows from all that was learned. */
function learned(terms: Terms, counting: Counting, seen: Seen): Told {
  const { verdict, good, run, bad, trouble, awaited } = seen
  const is = shown(seen)
  if (bad > terms.failureLimit)
    return {
      state: 'failed',
      detail: `${is}${verdict === 'bad' ? '' : nowBetter(terms)}${trouble ? `; ${silence(terms, trouble)}` : ''}`,
    }
  if (trouble) return { state: 'unknown', detail: silence(terms, trouble) }
  if (verdict === 'bad') return { state: 'unknown', detail: `${is}${tolerated(terms, counting, seen)}` }
  if (run === undefined) return { state: 'unknown', detail: `${is}${notYet(terms, counting, seen)}` }
  if (good >= terms.consecutive && run.until - run.since >= terms.forMs) return { state: 'passed', detail: is }
  // When the next report comes nobody knows.
  if (awaited) return { state: 'unknown', detail: `${is}, and must be so${spanOf(terms)}` }
  const due = run.since + Math.max(terms.forMs, (terms.consecutive - 1) * terms.intervalMs)
  return { state: 'unknown', detail: `${is}${spanOf(terms)}, which will be so at ${timestamp(due + 999)}`, due }
}

function spanOf({ forMs, consecutive }: Terms): string {
  const long = forMs > 0 ? ` for ${spell(forMs)}` : ''
  return consecutive > 1 ? `${long} in ${consecutive} readings in a row` : long
}

/** What was seen last, as the rest of a sentence that begins with the gate's name. */
function shown({ value, threshold, said }: Seen): string {
  const is = threshold === undefined ? (value ?? 'was bad') : `is ${value}, must be ${threshold}`
  return said === undefined ? is : `${is}: ${said}`
}

function silence({ subject }: Terms, { why, since }: NonNullable<Seen['trouble']>): string {
  return `has had no ${subject} since ${timestamp(since)}: ${why}`
}

function nowBetter({ failureLimit }: Terms): string {
  return ` and was not in ${failureLimit + 1} reading${failureLimit === 0 ? '' : 's'} (${failureLimit} tolerated)`
}

function tolerated({ failureLimit }: Terms, counting: Counting, { bad, readAt }: Seen): string {
  if (bad > 0) return ` (${bad} of ${failureLimit} tolerated bad readings)`
  return readAt < counting.bad ? countsFrom(counting.bad) : ''
}

function notYet(terms: Terms, counting: Counting, { readAt, sampledAt }: Seen): string {
  if (counting.good === Infinity) return ', and counts for it when the nodes of the stage have settled'
  return spokenOf(readAt, sampledAt) < counting.good
    ? countsFrom(counting.good)
    : `, but was not read for more than ${spell(forgiven(terms))}`
}

function countsFrom(at: number): string {
  return `, and counts from ${timestamp(at + 999)} on, when it looks back on nothing older`
}

function seenOf({ readAt, verdict, good, goodSince, goodUntil, bad, ...rest }: Evidence): Seen {
  const { value, threshold, said, sampledAt, trouble, troubleSince, askedAt, reportBy } = rest
  const by = reportBy === undefined ? {} : { by: instant(reportBy) }
  return {
    readAt: instant(readAt),
    verdict,
    good,
    bad,
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(said === undefined ? {} : { said }),
    ...(sampledAt === undefined ? {} : { sampledAt: instant(sampledAt) }),
    ...(goodSince && goodUntil ? { run: { since: instant(goodSince), until: instant(goodUntil) } } : {}),
    ...(trouble !== undefined && troubleSince ? { trouble: { why: trouble, since: instant(troubleSince) } } : {}),
    ...(askedAt === undefined ? {} : { awaited: { askedAt: instant(askedAt), ...by } }),
  }
}

function evidenceOf(
  { readAt, verdict, value, threshold, said, sampledAt, good, run, bad, trouble, awaited }: Seen,
  nextAt: number,
): Evidence {
  return {
    readAt: moment(readAt),
    verdict,
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(said === undefined ? {} : { said }),
    ...(sampledAt === undefined ? {} : { sampledAt: moment(sampledAt) }),
    good,
    ...(run === undefined ? {} : { goodSince: moment(run.since), goodUntil: moment(run.until) }),
    bad,
    ...(trouble === undefined ? {} : { trouble: trouble.why, troubleSince: moment(trouble.since) }),
    nextAt: moment(nextAt),
    ...(awaited === undefined ? {} : { askedAt: moment(awaited.askedAt) }),
    ...(awaited?.by === undefined ? {} : { reportBy: moment(awaited.by) }),
  }
}
