import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { type Everything, type World, type WirePlan, type WireRecovery, membersOf, worldIn } from './world.ts'

/**
 * Where a run has ended, in a form that two runs of one workload share: without UIDs, versions, times and the wording
 * of messages, and with each node called by its stage and its position in it.
 */
export function endStateOf(everything: Everything, run: string): unknown {
  const names = everything.plans.map(({ metadata }) => metadata.name).toSorted()
  return Object.fromEntries(names.map(name => [name, planEndState(worldIn(everything, name), run)]))
}

function planEndState(world: World, run: string): unknown {
  const { plan, recoveries, nodes, revisions } = world
  if (plan === undefined) return { plan: 'none' }
  const members = plan.spec.stages.flatMap(({ id }) =>
    membersOf(world, id).map(({ name, position }) => [name, `${id}/${position}`] as const),
  )
  const roles = new Map(members)
  const state = {
    plan: planState(plan),
    recoveries: Object.fromEntries(recoveries.map(recovery => [recovery.metadata.name, recoveryState(recovery)])),
    nodes: nodes
      .map(({ metadata: { name, labels = {}, annotations = {} } }) => [
        roles.get(name) ?? 'nobody',
        { labels: sorted(Object.entries(labels)), annotations: sorted(Object.entries(annotations)) },
      ])
      .toSorted(byText),
    revisions: revisions.length,
  }
  const named = [...roles].reduce(
    (text, [name, role]) => text.replaceAll(`"${name}"`, `"${role}"`),
    JSON.stringify(state),
  )
  return JSON.parse(masked(named, run))
}

type PlanEnd = {
  readonly plan: { readonly phase: string; readonly stages: readonly { readonly phase: string }[] }
  readonly recoveries: { readonly [name: string]: { readonly phase: string } }
}

/** Of an end state, how every plan, stage and recovery has ended. */
export function outcomeOf(endState: unknown): unknown {
  return Object.fromEntries(
    Object.entries(endState as { readonly [plan: string]: PlanEnd }).map(([name, state]) => [name, outcomeIn(state)]),
  )
}

function outcomeIn({ plan, recoveries }: PlanEnd) {
  return {
    phase: plan.phase,
    stages: plan.stages.map(({ phase }) => phase),
    recoveries: Object.fromEntries(Object.entries(recoveries).map(([name, { phase }]) => [name, phase])),
  }
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

/** Several may have the same role: nodes that are in no stage. */
function byText(a: unknown, b: unknown): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
  return x < y ? -1 : Number(x > y)
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
