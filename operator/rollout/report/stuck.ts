import type { RolloutPlan } from '../../api/object.ts'
import type { Evidence } from '../../api/gate-state.ts'
import type { GateState, PlanStatus, StageStatus } from '../../api/rollout-plan-status.ts'
import { holdsUp } from '../gates/gate.ts'
import { stuckSince } from '../stuck.ts'
import { instant, spell } from '../time.ts'

/** A plan that has made no progress for too long. */
export type StuckPlan = {
  readonly plan: RolloutPlan
  readonly phase: PlanStatus['phase']
  readonly currentStageId: string | undefined
  /** RFC 3339: when it last made progress. */
  readonly stuckSince: string
  /** The code of what it waits for, of docs/reasons.md. */
  readonly code: string
  /** One sentence: what it waits for, and for how long. */
  readonly stuckReason: string
}

/**
 * The plans that are published or active and have made no progress for longer than the threshold, longest first.
 *
 * Read from the plans alone, so that a replica which sees no pods answers as the leader would.
 *
 * @param thresholdSeconds undefined: for each plan its own
 */
export function stuckReport(
  plans: Iterable<RolloutPlan>,
  thresholdSeconds: number | undefined,
  now: number,
): readonly StuckPlan[] {
  const stuck: StuckPlan[] = []
  for (const plan of plans) {
    const found = stuckSince(plan, passesAt(plan), thresholdSeconds ?? plan.spec.stuckAfterSeconds)
    if (found === undefined || now <= found.at) continue
    const { phase, currentStageId } = plan.status
    const code = readyOf(plan.status)?.reason ?? 'Pending'
    stuck.push({ plan, phase, currentStageId, stuckSince: found.since, code, stuckReason: why(plan, found.since, now) })
  }
  return stuck.sort((a, b) => compare(a.stuckSince, b.stuckSince) || compare(keyOf(a.plan), keyOf(b.plan)))
}

/** When every gate of the open stage that has not passed will pass by itself; undefined when one of them waits for something. */
function passesAt({ status }: RolloutPlan): number | undefined {
  if (readyOf(status)?.reason !== 'Soaking') return undefined
  const waits = unpassed(openStage(status))
  const dues = waits.map(({ due }) => (due === undefined ? undefined : instant(due)))
  return dues.length > 0 && dues.every(due => due !== undefined) ? Math.max(...dues) : undefined
}

function why(plan: RolloutPlan, since: string, now: number): string {
  const { status } = plan
  const lasts = (from: string) =>
    `for ${coarse(now - Math.max(instant(from), instant(plan.metadata.creationTimestamp)))}`
  const ready = readyOf(status)
  const stage = openStage(status)
  if (status.observedGeneration === undefined || !ready)
    return `no operator process has looked at the plan ${lasts(since)}: is one running?`
  switch (ready.reason) {
    case 'WaitingForPlan':
      return status.waitingFor === undefined
        ? `${ready.message}, ${lasts(since)}`
        : `waits for plan ${status.waitingFor} to end, ${lasts(since)}`
    case 'GateFailed':
    case 'GatePending':
    case 'AwaitingApproval':
    case 'Soaking':
      return `${unpassed(stage).map(gateSentence(lasts)).join('; ')}`
    case 'TooManyFailures':
      return `${failures(status, stage)}, ${lasts(since)}`
    default:
      return `${plain(ready.message)}, ${lasts(since)}`
  }
}

function gateSentence(lasts: (from: string) => string) {
  return ({ name, kind, state, detail, since, evidence }: GateState): string => {
    if (evidence !== undefined) return watchedSentence(name, kind, detail, state, evidence, lasts(since))
    const called = name === kind ? `${kind} gate` : `${kind} gate ${name}`
    if (kind === 'manual') return `${called} has ${detail ?? 'no approval'} ${lasts(since)}`
    return `${called} has ${state === 'failed' ? 'failed' : 'not passed'} ${lasts(since)}${detail === undefined ? '' : ` (${detail})`}`
  }
}

/** `metric gate "error-rate" is 0.061, must be < 0.05, for 45 minutes`; a silence or a wait says itself since when it lasts. */
function watchedSentence(
  name: string,
  kind: string,
  detail: string | undefined,
  state: GateState['state'],
  { trouble, reportBy }: Evidence,
  lasts: string,
): string {
  const called = `${kind} gate "${name}"`
  const says = detail ?? (state === 'failed' ? 'has failed' : 'has not passed')
  const lastsItself = trouble !== undefined || reportBy !== undefined
  return lastsItself && state === 'unknown' ? `${called} ${says}` : `${called} ${says}, ${lasts}`
}

function failures({ failingNodes = [] }: PlanStatus, stage: StageStatus | undefined): string {
  const count = stage?.counts?.failed ?? failingNodes.length
  const first = failingNodes[0]
  const named = first === undefined ? '' : `, first ${first.name}: ${first.reason}, ${first.message}`
  return `${count} node${count === 1 ? '' : 's'} of stage ${stage?.id ?? '?'} failed${named}`
}

function readyOf({ conditions }: PlanStatus) {
  return conditions?.find(({ type }) => type === 'Ready')
}

function openStage({ stages = [], currentStageId }: PlanStatus): StageStatus | undefined {
  return stages.find(({ id }) => id === currentStageId)
}

function unpassed(stage: StageStatus | undefined): readonly GateState[] {
  return (stage?.gates ?? []).filter(holdsUp)
}

/** The condition says itself since when, once the plan's own threshold has passed. */
function plain(message: string): string {
  return message.replace(/^no progress since \S+: /, '')
}

const UNITS = [
  [86_400_000, 2],
  [3_600_000, 2],
  [60_000, 1],
] as const

/** The largest unit that fits, cut off: "45 minutes", "3 hours". */
function coarse(ms: number): string {
  const [unit] = UNITS.find(([length, least]) => ms >= least * length) ?? [1_000]
  return spell(Math.floor(ms / unit) * unit)
}

function keyOf({ metadata }: RolloutPlan): string {
  return `${metadata.namespace}/${metadata.name}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
