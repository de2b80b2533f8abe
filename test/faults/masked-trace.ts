import { isDeepStrictEqual } from 'node:util'
import { REPORT_ANNOTATION, annotationsOf } from '../../operator/api/names.ts'
import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { Observed } from './observer.ts'
import { activationLabel } from './workload.ts'
import {
  type Everything,
  type WireNode,
  type WirePlan,
  type WireRecovery,
  type WireRevision,
  isReady,
  listOf,
  worldIn,
} from './world.ts'

/** For each object of a run, by its role, what it became by one committed write after the other. */
export type MaskedTrace = { readonly [role: string]: readonly unknown[] }

/**
 * Two undisturbed runs of one workload leave the same. Left out is what is free:
 *
 * - times, UIDs and names, as in end states;
 * - the order between writes of different objects: agents and the operator work side by side;
 * - of plans, writes that change only counts, wording or what a gate has read: the operator makes them when there is time;
 * - of plans, how often the released mark rises while nothing else changes: nodes of a batch that confirm shortly after one
 *   another make room one by one or together;
 * - of an open stage, what its gates say, and once it has settled, that the plan waits for them: a gate is read, or a
 *   second is over, before the stage's status is written or after. What they said when it was closed is not left out.
 */
export function maskedTraceOf(history: readonly Observed[], everything: Everything, run: string): MaskedTrace {
  const places = placesOf(everything, history)
  const trace: Record<string, unknown[]> = {}
  for (const { kind, object, deleted } of history) {
    const role = `${kind} ${kind === 'node' ? (places.roles.get(object.metadata.uid) ?? 'nobody') : object.metadata.name}`
    const key = kind === 'revision' ? `revision of ${(object as WireRevision).data.stage}` : role
    const states = (trace[key] ??= [])
    const state = deleted ? 'deleted' : stateOf(kind, object, run, places)
    if (isDeepStrictEqual(states.at(-1), state)) continue
    if (kind === 'plan' && isDeepStrictEqual(withoutReleased(states.at(-1)), withoutReleased(state))) states.pop()
    states.push(state)
  }
  return JSON.parse(JSON.stringify(trace)) as MaskedTrace
}

type Places = {
  /** Of nodes, by UID: the stage that they were told in first and their place in it, those that were deleted, too. */
  readonly roles: ReadonlyMap<string, string>
  /** How many of the places below the mark are of nodes that were Ready from the beginning. */
  readonly ready: (plan: string, stage: string, mark: number) => number
}

/** Which machine comes first is decided by a hash of UIDs: places are counted among those that were Ready from the beginning. */
function placesOf(everything: Everything, history: readonly Observed[]): Places {
  const first = new Map<string, WireNode>()
  for (const { kind, object } of history)
    if (kind === 'node' && !first.has(object.metadata.uid)) first.set(object.metadata.uid, object)
  const wasReady = (uid: string): boolean => {
    const node = first.get(uid)
    return node !== undefined && isReady(node)
  }
  const uidsOf = (plan: string, stage: string) => listOf(worldIn(everything, plan), stage).map(([, uid]) => uid)
  const roles = new Map<string, string>()
  for (const { metadata, spec } of everything.plans)
    for (const { id } of spec.stages) {
      const { ready = [], away = [] } = Object.groupBy(uidsOf(metadata.name, id), uid =>
        wasReady(uid) ? 'ready' : 'away',
      )
      for (const [place, uid] of ready.entries()) if (!roles.has(uid)) roles.set(uid, `${id}/${place}`)
      for (const [place, uid] of away.entries()) if (!roles.has(uid)) roles.set(uid, `${id}/away/${place}`)
    }
  for (const [uid, { metadata }] of first)
    if (!roles.has(uid)) roles.set(uid, `nobody ${metadata.labels?.['ring'] ?? ''}`)
  return { roles, ready: (plan, stage, mark) => uidsOf(plan, stage).slice(0, mark).filter(wasReady).length }
}

function stateOf(kind: Observed['kind'], object: Observed['object'], run: string, places: Places): unknown {
  switch (kind) {
    case 'plan':
      return planState(object as WirePlan, places)
    case 'recovery': {
      const { phase, code, previousPhase, newPhase, skippedStageId, nextStageId } = (object as WireRecovery).status
      return { phase, code, previousPhase, newPhase, skippedStageId, nextStageId }
    }
    case 'node':
      return nodeState(object, run)
    case 'revision':
      return (object as WireRevision).data.members.length
  }
}

function planState({ metadata, status: all }: WirePlan, { ready }: Places) {
  const { phase, currentStageId, waitingFor, lastRecovery, history = [], ...status } = all
  return {
    ...{ phase, currentStageId, waiting: waitingFor !== undefined, recovery: lastRecovery?.name },
    history: history.map(({ event, stage, recovery }) => [event, stage, recovery]),
    conditions: status.stages?.some(stage => stage.phase === 'open' && stage.settledAt !== undefined)
      ? 'the plan waits for gates'
      : (status.conditions ?? []).map(condition => [condition.type, condition.status, condition.reason]),
    stages: (status.stages ?? []).map(stage => ({
      ...stageState(stage),
      released: ready(metadata.name, stage.id, stage.released ?? 0),
    })),
  }
}

function stageState({ id, phase, attempt, members, settledAt, skipped, gates, approvals }: StageStatus) {
  return {
    ...{ id, phase, attempt, members: members?.count, settled: settledAt !== undefined, skipped },
    gates: phase === 'open' ? undefined : gates?.map(({ name, state }) => [name, state]),
    approvals: approvals?.map(({ operator }) => operator),
  }
}

function withoutReleased(state: unknown): unknown {
  if (typeof state !== 'object' || state === null || !('stages' in state)) return { nothing: 'to compare' }
  const { stages, ...rest } = state as ReturnType<typeof planState>
  return { ...rest, stages: stages.map(({ released: _, ...stage }) => stage) }
}

function nodeState({ metadata: { labels = {}, annotations = {} }, status }: WireNode, run: string) {
  const own = annotationsOf(activationLabel(run))
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return {
    ...{
      release: labels[activationLabel(run)],
      plan: annotations[own.plan]?.replace(run, ''),
      stage: annotations[own.stage],
    },
    ...{ attempt: annotations[own.attempt], report: annotations[REPORT_ANNOTATION], ready },
  }
}
