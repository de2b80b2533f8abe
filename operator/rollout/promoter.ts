import type { HistoryEntry, StageStatus } from '../api/rollout-plan-status.ts'
import { amountOf } from './amount.ts'
import { nextBatch } from './batch.ts'
import { readBitmap, writeBitmap } from './bitmap.ts'
import { mayCatchUp } from './catch-up.ts'
import { type Activation, type Decision, type Draft, conclude } from './decision.ts'
import { asksOf } from './gates/ask.ts'
import { stateOf } from './gates/gate.ts'
import { type MemberNode, membersOf } from './member.ts'
import { type Frozen, choose, observedFleet } from './membership.ts'
import type { Observation } from './observation.ts'
import { blocker } from './rival.ts'
import type { Situation } from './situation.ts'
import { completion, podsUnknown, rolling, situationOf } from './standing.ts'
import { type StageView, viewStage } from './stage.ts'
import { type SurveyedStage, blind, recounted, survey, takenBy } from './survey.ts'
import { timestamp } from './time.ts'
import { toWithdraw } from './withdrawal.ts'

type Known = Extract<SurveyedStage, { kind: 'known' }>

/**
 * The BatchPromoter: decides what a plan needs next.
 *
 * Pure: the same observation and time give the same decision, and nothing is remembered between two calls.
 * A crash after any of the writes that carry a decision out is met by deciding anew from what was written.
 *
 * @param now epoch milliseconds
 */
export function decide(observation: Observation, now: number): Decision {
  const surveyed = atRest(observation.plan.status.phase, survey(observation, now))
  return conclude(observation, surveyed, draft(observation, surveyed, now), now)
}

function draft(observation: Observation, surveyed: readonly SurveyedStage[], now: number): Draft {
  switch (observation.plan.status.phase) {
    case 'published':
      return start(observation, surveyed, now)
    case 'active':
    case 'paused':
      return advance(observation, surveyed, now)
    case 'completed':
      return completed(observation, surveyed)
    case 'rolled_back':
    case 'cancelled':
      return stopped(observation, surveyed)
  }
}

/** A published plan opens its first stage, unless another plan has some of its nodes. */
function start(observation: Observation, surveyed: readonly SurveyedStage[], now: number): Draft {
  const { plan, rivals } = observation
  const stages = surveyed.map(stage => stage.status)
  const before = blocker(plan, rivals, observedFleet(observation))
  if (before) {
    const name = `${before.metadata.namespace}/${before.metadata.name}`
    return { phase: 'published', stages, waitingFor: name, situation: { kind: 'waiting-for-plan', plan: name } }
  }
  return { startedAt: timestamp(now), ...openNext(stages, 0, now, [{ at: timestamp(now), event: 'PlanStarted' }]) }
}

/**
 * Opens the stage at `position`, or completes the plan when there is none.
 * `stages` are those before it, already closed.
 */
export function openNext(
  stages: readonly StageStatus[],
  position: number,
  now: number,
  transitions: readonly HistoryEntry[],
): Draft {
  const at = timestamp(now)
  const next = stages[position]
  if (!next) {
    const done: HistoryEntry = { at, event: 'PlanCompleted' }
    const situation = completion(stages, 0, 0)
    return { phase: 'completed', stages, completedAt: at, transitions: [...transitions, done], situation }
  }
  const opened: StageStatus = { ...next, phase: 'open', openedAt: at, attempt: 1 }
  return {
    phase: 'active',
    stages: stages.map(stage => (stage.id === next.id ? opened : stage)),
    currentStageId: next.id,
    transitions: [...transitions, { at, event: 'StageOpened', stage: next.id }],
    situation: { kind: 'stepping', message: `stage ${next.id} is being opened` },
  }
}

function advance(observation: Observation, surveyed: readonly SurveyedStage[], now: number): Draft {
  const { phase, currentStageId } = observation.plan.status
  const unseen = blind(observation)
  const withdraw = haltedStragglers(surveyed)
  const same = { phase, currentStageId, stages: counted(surveyed, unseen), withdraw } as const
  const lost = surveyed.find(stage => stage.kind === 'lost')
  if (lost) return { ...same, situation: { kind: 'members-unknown', stage: lost.status.id } }
  const current = surveyed.find(stage => stage.status.id === currentStageId)
  if (!current) return { ...same, situation: { kind: 'paused', stage: currentStageId } }
  if (current.status.phase === 'halted') return { ...same, situation: { kind: 'halted', stage: current.status.id } }
  if (unseen && current.kind === 'known') return { ...same, situation: podsUnknown(observation) }
  const moved = {
    ...(current.kind === 'known'
      ? step(observation, surveyed, current, now)
      : freeze(observation, surveyed, current, now)),
    withdraw,
  }
  return !unseen && moved.phase === 'active' && phase === 'active' && !moved.freeze
    ? withTurns(moved, catchUps(observation, surveyed))
    : moved
}

/** The next step of the open stage, whose members are known. */
function step({ plan, readings }: Observation, surveyed: readonly SurveyedStage[], current: Known, now: number): Draft {
  const { phase } = plan.status
  const view = viewStage(current.spec, current.status, current.members, now, readings)
  const stage = viewed(recounted(current.status, current.members), view)
  const stages = replaced(counted(surveyed, false), stage)
  const looks = view.gates.map(gate => gate.due)
  const same = { phase, currentStageId: stage.id, stages, looks } as const
  if (phase === 'paused') return { ...same, situation: { kind: 'paused', stage: stage.id } }
  if (view.verdict.kind === 'promote') {
    const at = timestamp(now)
    const closed = replaced(stages, { ...stage, phase: 'promoted', closedAt: at })
    const position = surveyed.indexOf(current) + 1
    return openNext(closed, position, now, [{ at, event: 'StagePromoted', stage: stage.id }])
  }
  const asks = asksOf(current.spec, stage, current.members, view.gates)
  const draft: Draft = { ...same, situation: situationOf(current, view), asks }
  return view.verdict.kind === 'blocked' ? draft : withTurns(draft, [turn(current)])
}

/** The members that an open stage is to be given: a choice that was recorded before a crash, or one made now. */
export function membersToFreeze(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  { spec, status }: SurveyedStage,
): Frozen {
  const taken = takenBy(surveyed) ?? new Set<string>()
  return observation.frozen.get(status.id) ?? choose(observation.plan, spec, observedFleet(observation), taken)
}

/** Gives an open stage its members. That needs no pods; the first of them are released when pods can be seen. */
function freeze(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  current: SurveyedStage,
  now: number,
): Draft {
  const { plan, frozen } = observation
  const { spec, status } = current
  const unseen = blind(observation)
  const stages = counted(surveyed, unseen)
  const same = { phase: plan.status.phase, currentStageId: status.id, stages } as const
  if (same.phase === 'paused') return { ...same, situation: { kind: 'paused', stage: status.id } }
  const chosen = membersToFreeze(observation, surveyed, current)
  const { digest, members } = chosen
  if (members.length === 0 && !spec.allowEmpty) return { ...same, situation: { kind: 'no-nodes', stage: status.id } }
  const situation: Situation = { kind: 'stepping', message: `stage ${status.id}: its nodes are being chosen` }
  if (!frozen.has(status.id) && members.length > 0)
    return { ...same, situation, freeze: { stage: status.id, frozen: chosen } }
  const frozenStatus: StageStatus = { ...status, members: { count: members.length, digest }, released: 0 }
  const states = membersOf(observation, frozenStatus, chosen, now)
  const known: Known = { kind: 'known', spec, status: recounted(frozenStatus, states), members: states }
  const given = { ...same, stages: replaced(stages, known.status) }
  if (unseen) return { ...given, situation: podsUnknown(observation) }
  return withTurns({ ...given, situation: rolling(status.id, states) }, [{ ...turn(known), activate: [] }])
}

/** After the last stage, nodes that were left out are activated as they come back. */
function completed(observation: Observation, surveyed: readonly SurveyedStage[]): Draft {
  const { unassigned = 0 } = observation.plan.status
  const unseen = blind(observation)
  const stages = counted(surveyed, unseen)
  const same = { phase: 'completed', stages, withdraw: haltedStragglers(surveyed) } as const
  if (unseen) return { ...same, situation: completion(stages, 0, unassigned) }
  const turns = catchUps(observation, surveyed)
  const later = turns.reduce((sum, batch) => sum + batch.later, 0)
  return withTurns({ ...same, situation: completion(stages, later, unassigned) }, turns)
}

/** A stopped plan gives nodes in flight back what they had, and touches no other node ever again. */
function stopped({ plan }: Observation, surveyed: readonly SurveyedStage[]): Draft {
  const { phase, currentStageId } = plan.status
  const known = surveyed.filter(stage => stage.kind === 'known')
  const withdraw = known.flatMap(stragglers)
  const activated = known.reduce((sum, { status }) => sum + readBitmap(status.confirmed).size, 0)
  const kind = phase === 'cancelled' ? 'cancelled' : 'rolled-back'
  const situation = { kind, activated, inFlight: withdraw.length } as const
  return { phase, currentStageId, stages: counted(surveyed, false), withdraw, situation }
}

/**
 * Members as a plan that has ended sees them: who has confirmed counts as activated, whatever became of the node
 * since; a stopped plan looks only for nodes that still carry its activation.
 */
function atRest(phase: Draft['phase'], surveyed: readonly SurveyedStage[]): readonly SurveyedStage[] {
  if (phase === 'published' || phase === 'active' || phase === 'paused') return surveyed
  return surveyed.map(stage => {
    if (stage.kind !== 'known') return stage
    const { has } = readBitmap(stage.status.confirmed)
    const members = stage.members.map((member): MemberNode => {
      const confirmed = has(member.index)
      if (confirmed) return { ...member, confirmed, state: { kind: 'activated', since: 0 } }
      if (phase === 'completed' || member.state.kind === 'gone') return member
      const detail = 'is to be withdrawn'
      const state = member.ours
        ? ({ kind: 'activating', deadline: Infinity, detail } as const)
        : ({ kind: 'pending', again: false } as const)
      return { ...member, confirmed, state }
    })
    return { ...stage, members }
  })
}

/** Nodes in flight of stages that were halted, also when a retry has gone on since. */
function haltedStragglers(surveyed: readonly SurveyedStage[]): MemberNode[] {
  return surveyed.flatMap(stage => (stage.kind === 'known' && stage.status.phase === 'halted' ? stragglers(stage) : []))
}

function stragglers({ status, members }: Known): MemberNode[] {
  return toWithdraw(members, readBitmap(status.confirmed).has)
}

type Turn = {
  readonly stage: string
  readonly released: number
  readonly withheld: string
  readonly activate: readonly Activation[]
  readonly later: number
}

function turn({ spec, status, members }: Known, considered: readonly MemberNode[] = members): Turn {
  const size = Math.max(1, amountOf(spec.batchSize, members.length, 'up'))
  const release = { released: status.released ?? 0, withheld: readBitmap(status.withheld) }
  const batch = nextBatch(considered, release, size)
  const attempt = status.attempt ?? 1
  return {
    stage: status.id,
    released: batch.released,
    withheld: writeBitmap(batch.withheld),
    activate: batch.activate.map(member => ({ member, stage: status.id, attempt })),
    later: considered.filter(({ state }) => state.kind === 'unreachable' || (state.kind === 'pending' && !state.heldBy))
      .length,
  }
}

/** Members of promoted stages that were left out, a batch of each stage at a time. */
function catchUps(observation: Observation, surveyed: readonly SurveyedStage[]): Turn[] {
  return surveyed.flatMap(stage => {
    if (stage.kind !== 'known' || stage.status.phase !== 'promoted') return []
    const considered = stage.members.map(member => {
      const { state } = member
      if (state.kind !== 'pending' && state.kind !== 'unreachable') return member
      if (mayCatchUp(observation, member)) return member
      return { ...member, state: { kind: 'pending', again: false, heldBy: 'a later plan' } as const }
    })
    return [turn(stage, considered)]
  })
}

function withTurns(draft: Draft, turns: readonly Turn[]): Draft {
  const stages = draft.stages.map(stage => {
    const own = turns.find(candidate => candidate.stage === stage.id)
    if (!own) return stage
    const { withheld: _, ...rest } = stage
    return { ...rest, released: own.released, ...(own.withheld === '' ? {} : { withheld: own.withheld }) }
  })
  const activate = [...(draft.activate ?? []), ...turns.flatMap(batch => batch.activate)]
  return { ...draft, stages, activate }
}

function replaced(stages: readonly StageStatus[], stage: StageStatus): readonly StageStatus[] {
  return stages.map(status => (status.id === stage.id ? stage : status))
}

/**
 * Counts brought up to date, as far as that can be done without pods when they cannot be seen.
 * Who has confirmed is not, in a halted stage: the halt has settled that.
 */
function counted(surveyed: readonly SurveyedStage[], unseen: boolean): StageStatus[] {
  return surveyed.map(stage => {
    const halted = stage.status.phase === 'halted'
    if (stage.kind !== 'known' || (unseen && !halted)) return stage.status
    const fresh = recounted(stage.status, stage.members)
    if (!halted) return fresh
    return { ...fresh, confirmed: stage.status.confirmed ?? '' }
  })
}

function viewed(stage: StageStatus, { settledAt, gates }: StageView): StageStatus {
  const { settledAt: _, ...rest } = stage
  const states = gates.map(stateOf)
  return {
    ...rest,
    ...(settledAt === undefined ? {} : { settledAt }),
    ...(states.length > 0 ? { gates: states } : {}),
  }
}
