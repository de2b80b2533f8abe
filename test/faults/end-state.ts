import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { type World, type WirePlan, type WireRecovery, membersOf } from './world.ts'

/**
 * Where a run has ended, in a form that two runs of one workload share: without UIDs, versions, times and the wording
 * of messages, and with each node called by its stage and its position in it.
 */
export function endStateOf(world: World, run: string): unknown {
  const { plan, recoveries, nodes, revisions } = world
  if (plan === undefined) return { plan: 'none' }
  const members = plan.spec.stages.flatMap(({ id }) =>
    membersOf(world, id).map(({ name, position }) => [name, `${id}/${position}`] as const),
  )
  const roles = new Map(members)
  const state = {
    plan: planState(plan),
    recoveries: Object.fromEntries(recoveries.map(recovery => [recovery.metadata.name, recoveryState(recovery)])),
    nodes: sorted(
      nodes.map(({ metadata }) => {
        const { labels = {}, annotations = {} } = metadata
        return [
          roles.get(metadata.name) ?? 'nobody',
          { labels: sorted(Object.entries(labels)), annotations: sorted(Object.entries(annotations)) },
        ] as const
      }),
    ),
    revisions: revisions.length,
  }
  const named = [...roles].reduce(
    (text, [name, role]) => text.replaceAll(`"${name}"`, `"${role}"`),
    JSON.stringify(state),
  )
  return JSON.parse(masked(named, run))
}

/** The first difference between two end states, in words; undefined when there is none. */
export function difference(wanted: unknown, found: unknown, path = 'end state'): string | undefined {
  if (Object.is(wanted, found)) return undefined
  if (!isObject(wanted) || !isObject(found))
    return `${path}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)])
  for (const key of keys) {
    const found1 = difference(wanted[key], found[key], `${path}.${key}`)
    if (found1 !== undefined) return found1
  }
  return undefined
}

function planState({ status }: WirePlan) {
  const { phase, currentStageId, progress, waitingFor, unassigned, truncated, observedGeneration } = status
  const { uid: _, recoveredAt: _at, ...applied } = status.lastRecovery ?? { uid: '', recoveredAt: '' }
  return {
    ...{ phase, currentStageId, progress, waitingFor, unassigned, truncated, observedGeneration, applied },
    started: status.startedAt !== undefined,
    completed: status.completedAt !== undefined,
    stages: (status.stages ?? []).map(stageState),
    failing: (status.failingNodes ?? []).map(({ name, stage, reason }) => ({ name, stage, reason })),
    history: (status.history ?? []).map(({ at: _when, ...entry }) => entry),
    conditions: conditionState(status.conditions ?? []),
  }
}

function stageState({ gates, approvals, members, openedAt, settledAt, closedAt, ...rest }: StageStatus) {
  return {
    ...rest,
    members: members?.count,
    times: [openedAt, settledAt, closedAt].map(time => time !== undefined),
    gates: gates?.map(({ name, kind, state }) => ({ name, kind, state })),
    approvals: approvals?.map(({ operator, recovery }) => ({ operator, recovery })),
  }
}

function recoveryState({ status }: WireRecovery) {
  const { recoveredAt, conditions, message: _, ...rest } = status
  return { ...rest, recovered: recoveredAt !== undefined, conditions: conditionState(conditions ?? []) }
}

function conditionState(
  conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[],
) {
  return conditions.map(({ type, status, reason }) => ({ type, status, reason }))
}

const UID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

function masked(text: string, run: string): string {
  const names = new RegExp(`(?<![A-Za-z0-9])${run}(?![A-Za-z0-9])`, 'g')
  return text.replaceAll(UID, '<uid>').replaceAll(TIME, '<time>').replaceAll(names, '<run>')
}

function sorted<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
