import type { HistoryEntry, PlanStatus, StageStatus } from '../api/rollout-plan-status.ts'
import { readBitmap } from './bitmap.ts'
import { withConditions } from './conditions.ts'
import { cut } from './cut.ts'
import type { Ask } from './gates/reading.ts'
import { withHistory } from './history.ts'
import type { MemberNode, MemberState } from './member.ts'
import { type Frozen, observedFleet, unassigned } from './membership.ts'
import type { Observation } from './observation.ts'
import type { Situation } from './situation.ts'
import { fit } from './size.ts'
import { stuckFrom } from './stuck.ts'
import { type SurveyedStage, takenBy } from './survey.ts'
import { timestamp } from './time.ts'

/** A node to be labelled: which stage's member, and the how-manieth try. */
export type Activation = { readonly member: MemberNode; readonly stage: string; readonly attempt: number }

/**
 * What to do about a plan now. Whoever carries it out does one kind of write at a time, in this order, and then
 * asks anew:
 *
 * 1. `status`, where it differs from the plan's in anything but counts: it is what makes the rest allowed. With `freeze`
 *    it is written only where that fails.
 * 2. `withdraw`, then `activate`.
 * 3. `freeze`: keep these members; the plan goes no further before that.
 * 4. `prepare`: keep these members for later, if that works.
 * 5. `status`, where only counts differ, whenever there is time.
 */
export type Decision = {
  readonly freeze?: { readonly stage: string; readonly frozen: Frozen }
  readonly status: PlanStatus
  readonly activate: readonly Activation[]
  readonly withdraw: readonly MemberNode[]
  readonly prepare?: Decision['freeze']
  /** When time alone may change the answer; epoch milliseconds. */
  readonly lookAgainAt?: number
  /** What is to be looked at outside, from now on and until it is no longer asked for. */
  readonly asks: readonly Ask[]
  /** What this decision adds to the plan's history. */
  readonly transitions: readonly HistoryEntry[]
}

/** What the cases of a decision fill in; the rest follows from it. */
export type Draft = {
  readonly phase: PlanStatus['phase']
  readonly stages: readonly StageStatus[]
  readonly situation: Situation
  readonly currentStageId?: string | undefined
  readonly startedAt?: string
  readonly completedAt?: string
  /** When this counts as progress whatever changed: what a person did. */
  readonly updatedAt?: string
  readonly waitingFor?: string
  readonly activate?: readonly Activation[]
  readonly withdraw?: readonly MemberNode[]
  readonly transitions?: readonly HistoryEntry[]
  readonly freeze?: Decision['freeze']
  readonly prepare?: Decision['freeze']
  readonly asks?: readonly Ask[]
  /** When a gate will pass if nothing changes. */
  readonly looks?: readonly (number | undefined)[]
}

/** Makes the whole status out of a draft: progress, counts, failing nodes, conditions, history, size. */
export function conclude(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  draft: Draft,
  now: number,
): Decision {
  const { plan, trouble } = observation
  const {
    phase,
    stages,
    situation,
    waitingFor,
    transitions = [],
    activate = [],
    withdraw = [],
    asks = [],
    freeze,
    prepare,
  } = draft
  const startedAt = draft.startedAt ?? plan.status.startedAt
  const completedAt = draft.completedAt ?? plan.status.completedAt
  const currentStageId = draft.currentStageId
  const updatedAt = draft.updatedAt ?? (progressed(plan.status, phase, stages) ? timestamp(now) : plan.status.updatedAt)
  const free = unassignedNodes(observation, surveyed)
  const failingNodes = failing(surveyed)
  const history = withHistory(plan.status.history, transitions)

  const status: PlanStatus = {
    phase,
    observedGeneration: plan.metadata.generation,
    ...(currentStageId === undefined ? {} : { currentStageId }),
    progress: progressOf(stages),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(free === undefined ? {} : { unassigned: free }),
    stages,
    ...(failingNodes.length > 0 ? { failingNodes } : {}),
    ...(history.length > 0 ? { history } : {}),
    ...(plan.status.lastRecovery ? { lastRecovery: plan.status.lastRecovery } : {}),
  }
  const concluded = fit(withConditions(plan, status, situation, trouble, now))
  const lookAgainAt = nextLook(observation, concluded, surveyed, draft, now)
  return {
    status: concluded,
    activate,
    withdraw,
    asks,
    transitions,
    ...(freeze ? { freeze } : {}),
    ...(prepare ? { prepare } : {}),
    ...(lookAgainAt === undefined ? {} : { lookAgainAt }),
  }
}

/**
 * Progress is a transition, a higher released mark, a node that confirmed for the first time, a soak that is over, and
 * what a person did. Settling and other gates are not: a node that flaps would make them again and again, and hide that
 * the plan is stuck.
 */
function progressed(before: PlanStatus, phase: PlanStatus['phase'], stages: readonly StageStatus[]): boolean {
  if (before.phase !== phase) return true
  return stages.some(stage => {
    const old = before.stages?.find(known => known.id === stage.id)
    return (
      stage.phase !== (old?.phase ?? 'pending') ||
      (stage.released ?? 0) > (old?.released ?? 0) ||
      readBitmap(stage.confirmed).size > readBitmap(old?.confirmed).size ||
      soaksOver(stage) > (old ? soaksOver(old) : 0)
    )
  })
}

function soaksOver(stage: StageStatus): number {
  return (stage.gates ?? []).filter(({ kind, state }) => kind === 'time_soak' && state === 'passed').length
}

function progressOf(stages: readonly StageStatus[]): string {
  const activated = stages.reduce((sum, stage) => sum + (stage.counts?.activated ?? 0), 0)
  const total = stages.reduce((sum, stage) => sum + (stage.members?.count ?? 0), 0)
  return `${activated}/${total}`
}

function failing(surveyed: readonly SurveyedStage[]) {
  return surveyed
    .flatMap(stage =>
      stage.kind !== 'known'
        ? []
        : stage.members.flatMap(({ name, state }) =>
            state.kind === 'failed'
              ? [
                  {
                    name,
                    stage: stage.status.id,
                    reason: cut(state.reason, 64),
                    message: cut(state.detail, 256),
                  },
                ]
              : [],
          ),
    )
    .slice(0, 20)
}

function unassignedNodes(observation: Observation, surveyed: readonly SurveyedStage[]): number | undefined {
  const { plan } = observation
  if (plan.status.phase !== 'published' && plan.status.phase !== 'active' && plan.status.phase !== 'paused')
    return plan.status.unassigned
  const taken = takenBy(surveyed)
  if (!taken) return plan.status.unassigned
  const toOpen = surveyed.filter(({ kind, status }) => kind === 'unopened' && openable(status)).map(stage => stage.spec)
  return unassigned(observedFleet(observation), taken, toOpen)
}

/** When time alone may change where a member stands. */
function untilsOf(state: MemberState): readonly (number | undefined)[] {
  if (state.kind === 'activating') return [state.deadline, state.until]
  return state.kind === 'failed' || state.kind === 'pending' ? [state.until] : []
}

function openable({ phase }: StageStatus): boolean {
  return phase === 'pending' || phase === 'open'
}

function nextLook(
  { plan }: Observation,
  status: PlanStatus,
  surveyed: readonly SurveyedStage[],
  { situation, looks = [] }: Draft,
  now: number,
): number | undefined {
  const stuck = stuckFrom({ ...plan, status }, situation)
  const times = [
    ...looks,
    stuck?.at,
    ...surveyed.flatMap(stage => (stage.kind === 'known' ? stage.members.flatMap(({ state }) => untilsOf(state)) : [])),
  ]
  const coming = times.filter(time => time !== undefined && time > now && Number.isFinite(time)) as number[]
  return coming.length > 0 ? coming.reduce((a, b) => Math.min(a, b)) : undefined
}
