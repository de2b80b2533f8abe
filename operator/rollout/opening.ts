import type { StageSpec } from '../api/rollout-plan.ts'
import type { HistoryEntry, StageStatus } from '../api/rollout-plan-status.ts'
import type { Decision, Draft } from './decision.ts'
import { membersOf } from './member.ts'
import { type Frozen, choose, observedFleet } from './membership.ts'
import type { Observation } from './observation.ts'
import { replaced } from './outcome.ts'
import type { Situation } from './situation.ts'
import { completion, podsUnknown, situationOf } from './standing.ts'
import { type KnownStage, type SurveyedStage, blind, counted, recounted, takenBy } from './survey.ts'
import { instant, timestamp } from './time.ts'
import { viewStage, viewed } from './stage.ts'
import { firstTurn, withTurns } from './turn.ts'

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

/** So many lists are kept for a stage before it is opened without one. */
const MOST_LISTS = 3

/**
 * Opens the stage at `position` with its members, the first of them released, in one write of the status: that is what
 * its nodes wait for. The members are chosen when the stage opens, so a list that was kept for it before opens it only
 * if the same members would be chosen now; a new one is kept otherwise. Where lists come out of date as soon as they are
 * kept, because the fleet grows all the time, the stage is opened without.
 *
 * @param same the plan as it is, for as long as the list is not kept
 * @param stages those before it already closed
 */
export function open(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  same: Omit<Draft, 'situation'>,
  stages: readonly StageStatus[],
  position: number,
  now: number,
  transitions: readonly HistoryEntry[],
): Draft {
  const draft = openNext(stages, position, now, transitions)
  const next = surveyed[position]
  const opened = draft.stages[position]
  if (!next || !opened || blind(observation)) return draft
  const chosen = chosenFor(observation, surveyed, next)
  if (chosen.members.length === 0 && !next.spec.allowEmpty) return draft
  const kept = observation.kept.get(opened.id) ?? []
  const isKept = chosen.members.length === 0 || kept.some(({ digest }) => digest === chosen.digest)
  if (!isKept && kept.length >= MOST_LISTS) return draft
  if (!isKept) return { ...same, situation: choosing(opened.id), freeze: { stage: opened.id, frozen: chosen } }
  const { known, situation } = given(observation, next.spec, opened, chosen, now)
  return withTurns({ ...draft, stages: replaced(draft.stages, known.status), situation }, [firstTurn(known)])
}

/**
 * The members that the next stage would have if it opened now, for as long as no list is kept for it: to be kept while
 * the current stage waits for its own, so that opening the next takes one write.
 */
export function prepared(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  current: SurveyedStage,
): Decision['prepare'] {
  const next = surveyed[surveyed.indexOf(current) + 1]
  if (!next || observation.kept.has(next.status.id)) return undefined
  const frozen = chosenFor(observation, surveyed, next)
  return frozen.members.length > 0 ? { stage: next.status.id, frozen } : undefined
}

/**
 * By so many milliseconds the API server that dates a list and the one by which a stage's opening is dated may differ,
 * whole seconds included. A list from about that time may be older than some of the stage's nodes.
 */
const DATING = 2_000

/** The members that an open stage is to be given: a choice that was kept since it opened, or one made now. */
export function membersToFreeze(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  { spec, status }: SurveyedStage,
): Frozen {
  const openedAt = status.openedAt === undefined ? Infinity : instant(status.openedAt)
  const before = observation.kept.get(status.id)?.find(({ since }) => since > openedAt + DATING)
  return before ?? chosenFor(observation, surveyed, { spec })
}

function chosenFor(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  { spec }: Pick<SurveyedStage, 'spec'>,
): Frozen {
  return choose(observation.plan, spec, observedFleet(observation), takenBy(surveyed) ?? new Set())
}

/** Gives an open stage its members. That needs no pods; the first of them are released when pods can be seen. */
export function freeze(
  observation: Observation,
  surveyed: readonly SurveyedStage[],
  current: SurveyedStage,
  now: number,
): Draft {
  const { plan, kept } = observation
  const { spec, status } = current
  const unseen = blind(observation)
  const stages = counted(surveyed, unseen)
  const same = { phase: plan.status.phase, currentStageId: status.id, stages } as const
  if (same.phase === 'paused') return { ...same, situation: { kind: 'paused', stage: status.id } }
  const chosen = membersToFreeze(observation, surveyed, current)
  const { digest, members } = chosen
  if (members.length === 0 && !spec.allowEmpty) return { ...same, situation: { kind: 'no-nodes', stage: status.id } }
  if (members.length > 0 && !kept.get(status.id)?.some(list => list.digest === digest))
    return { ...same, situation: choosing(status.id), freeze: { stage: status.id, frozen: chosen } }
  const { known, situation } = given(observation, spec, status, chosen, now)
  const frozen = { ...same, stages: replaced(stages, known.status) }
  if (unseen) return { ...frozen, situation: podsUnknown(observation) }
  return withTurns({ ...frozen, situation }, [firstTurn(known)])
}

/** The open stage as it is once it has these members, none of them released, and its gates have been looked at. */
function given(
  observation: Observation,
  spec: StageSpec,
  status: StageStatus,
  { digest, members }: Frozen,
  now: number,
): { readonly known: KnownStage; readonly situation: Situation } {
  const frozen: StageStatus = { ...status, members: { count: members.length, digest }, released: 0 }
  const states = membersOf(observation, frozen, { members }, now)
  const view = viewStage(spec, frozen, states, now, observation.readings)
  const known = { kind: 'known', spec, status: viewed(recounted(frozen, states), view), members: states } as const
  return { known, situation: situationOf(known, view) }
}

function choosing(stage: string): Situation {
  return { kind: 'stepping', message: `stage ${stage}: its nodes are being chosen` }
}
