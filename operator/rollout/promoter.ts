import { readBitmap } from './bitmap.ts'
import { mayCatchUp } from './catch-up.ts'
import { type Decision, type Draft, conclude } from './decision.ts'
import { asksOf } from './gates/ask.ts'
import type { MemberNode } from './member.ts'
import { observedFleet } from './membership.ts'
import type { Observation } from './observation.ts'
import { freeze, open, prepared } from './opening.ts'
import { replaced } from './outcome.ts'
import { blocker } from './rival.ts'
import { completion, podsUnknown, situationOf } from './standing.ts'
import { viewStage, viewed } from './stage.ts'
import { type KnownStage, type SurveyedStage, blind, counted, recounted, survey } from './survey.ts'
import { timestamp } from './time.ts'
import { type Turn, turn, withTurns } from './turn.ts'
import { toWithdraw } from './withdrawal.ts'

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
  const started = [{ at: timestamp(now), event: 'PlanStarted' }] as const
  const same = { phase: 'published', stages } as const
  const opened = open(observation, surveyed, same, stages, 0, now, started)
  return opened.phase === 'published' ? opened : { startedAt: timestamp(now), ...opened }
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
  return !unseen && moved.phase === 'active' && phase === 'active'
    ? withTurns(moved, catchUps(observation, surveyed))
    : moved
}

/** The next step of the open stage, whose members are known. */
function step(observation: Observation, surveyed: readonly SurveyedStage[], current: KnownStage, now: number): Draft {
  const { plan, readings } = observation
  const { phase } = plan.status
  const view = viewStage(current.spec, current.status, current.members, now, readings)
  const stage = viewed(recounted(current.status, current.members), view)
  const stages = replaced(counted(surveyed, false), stage)
  const looks = view.gates.map(gate => gate.due)
  const same = { phase, currentStageId: stage.id, stages, looks } as const
  if (phase === 'paused') return { ...same, situation: { kind: 'paused', stage: stage.id } }
  const asks = asksOf(current.spec, stage, current.members, view.gates)
  const draft: Draft = { ...same, situation: situationOf(current, view), asks }
  if (view.verdict.kind === 'promote') {
    const at = timestamp(now)
    const closed = replaced(stages, { ...stage, phase: 'promoted', closedAt: at })
    const position = surveyed.indexOf(current) + 1
    const promoted = [{ at, event: 'StagePromoted', stage: stage.id }] as const
    return open(observation, surveyed, draft, closed, position, now, promoted)
  }
  if (view.verdict.kind === 'blocked') return draft
  const own = turn(current)
  const rolled = withTurns(draft, [own])
  const next = own.released === current.members.length ? prepared(observation, surveyed, current) : undefined
  return next ? { ...rolled, prepare: next } : rolled
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

function stragglers({ status, members }: KnownStage): MemberNode[] {
  return toWithdraw(members, readBitmap(status.confirmed).has)
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
