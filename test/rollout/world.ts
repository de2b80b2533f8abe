import { expect } from 'chai'
import { API_VERSION } from '../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../operator/api/object.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { validatePlan } from '../../operator/api/validator.ts'
import { activationPatch, withdrawalPatch } from '../../operator/fleet/activation.ts'
import { reportOf } from '../../operator/fleet/confirmation.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { FleetPod } from '../../operator/fleet/pod.ts'
import type { Decision } from '../../operator/rollout/decision.ts'
import type { Readings } from '../../operator/rollout/gates/reading.ts'
import type { KeptList, KeptLists } from '../../operator/rollout/membership.ts'
import type { Observation } from '../../operator/rollout/observation.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { owing } from '../../operator/rollout/rival.ts'
import type { Outcome } from '../../operator/rollout/outcome.ts'
import { recover } from '../../operator/rollout/recovery.ts'
import { timestamp } from '../../operator/rollout/time.ts'
import { RELEASE, at, node as aNode, plan as aPlan, patched, reporting } from './build.ts'

/**
 * A cluster in memory: carries decisions out in the order that `Decision` asks for, and says what people and
 * machines do in between. Whatever is decided from is frozen, and whatever status is written must be one that the
 * API server would accept. Times are seconds after START.
 */
export type World = {
  plan: RolloutPlan
  readonly nodes: Map<string, FleetNode>
  pods: Map<string, readonly FleetPod[]> | undefined
  /** The lists of members that are kept, by stage, the oldest first. */
  readonly lists: Map<string, readonly KeptList[]>
  rivals: RolloutPlan[]
  /** Members of the rivals' stages, by plan UID and stage. */
  readonly rivalLists?: ReadonlyMap<string, KeptLists>
  trouble?: string
  /** What was seen outside for gates. */
  readings?: Readings
}

export function world(plan: RolloutPlan = aPlan(), nodes: readonly FleetNode[] = []): World {
  return {
    plan,
    nodes: new Map(nodes.map(one => [one.metadata.uid, one])),
    pods: new Map(),
    lists: new Map(),
    rivals: [],
  }
}

export function look({ plan, nodes, pods, lists, rivals, rivalLists, trouble, readings }: World): Observation {
  const seen = {
    plan,
    nodes: new Map(nodes),
    pods: pods && new Map(pods),
    kept: new Map(lists),
    rivals: [...rivals],
    owes: owing(({ metadata }) => rivalLists?.get(metadata.uid) ?? new Map()),
  }
  return deepFreeze({
    ...seen,
    ...(trouble === undefined ? {} : { trouble }),
    ...(readings === undefined ? {} : { readings }),
  })
}

/** Decides once and carries the decision out. */
export function tick(world: World, seconds: number): Decision {
  const decision = decide(look(world), at(seconds))
  const keep = ({ stage, frozen }: NonNullable<Decision['freeze']>) => {
    const kept = world.lists.get(stage) ?? []
    world.lists.set(stage, [...kept, { ...frozen, since: at(seconds) }])
  }
  if (!decision.freeze) write(world, decision.status)
  for (const { uid } of decision.withdraw) change(world, uid, node => patched(node, withdrawalPatch(node, world.plan)))
  if (decision.freeze) {
    keep(decision.freeze)
    return decision
  }
  for (const { member, stage, attempt } of decision.activate)
    change(world, member.uid, node =>
      patched(
        node,
        activationPatch(node, world.plan, stage, attempt, reportOf(node, world.plan), timestamp(at(seconds))),
      ),
    )
  if (decision.activate.length === 0 && decision.prepare) keep(decision.prepare)
  return decision
}

/** Ticks until nothing more is to be done at this time. */
export function settle(world: World, seconds: number): Decision {
  for (let round = 0; round < 200; round += 1) {
    const before = JSON.stringify(world.plan.status)
    const decision = tick(world, seconds)
    const idle =
      !decision.freeze && !decision.prepare && decision.activate.length === 0 && decision.withdraw.length === 0
    if (idle && JSON.stringify(world.plan.status) === before) return decision
  }
  throw new Error(`not settled after 200 rounds: ${JSON.stringify(world.plan.status)}`)
}

/** Applies a recovery, its status written as the decision says; a postponed one when what it waits for is done. */
export function ask(world: World, request: RolloutRecovery, seconds: number): Outcome {
  let outcome = recover(look(world), request, at(seconds))
  for (let round = 0; outcome.kind === 'postponed'; round += 1) {
    if (round === 5) throw new Error(`postponed for ever: ${JSON.stringify(world.plan.status)}`)
    tick(world, seconds)
    outcome = recover(look(world), request, at(seconds))
  }
  if (outcome.kind === 'applied') write(world, outcome.decision.status)
  return outcome
}

/** Every labelled node's agent reports that it runs the release, but those named. */
export function confirmAll(world: World, { except = [] }: { except?: readonly string[] } = {}): void {
  for (const name of labelled(world)) if (!except.includes(name)) update(world, name, node => reporting(node, RELEASE))
}

/** Ticks, with every agent doing its job, until nothing more is to be done at this time. */
export function rollOut(world: World, seconds: number, except: readonly string[] = []): Decision {
  for (let round = 0; round < 200; round += 1) {
    const before = JSON.stringify([world.plan.status, labelled(world)])
    settle(world, seconds)
    confirmAll(world, { except })
    const decision = settle(world, seconds)
    if (JSON.stringify([world.plan.status, labelled(world)]) === before) return decision
  }
  throw new Error('not rolled out after 200 rounds')
}

/** Names of the nodes that carry the plan's release. */
export function labelled({ nodes, plan }: World): string[] {
  return [...nodes.values()]
    .filter(({ metadata }) => metadata.labels[plan.spec.activation.label] === RELEASE)
    .map(({ metadata }) => metadata.name)
    .sort()
}

/** The names of a stage's members, in their frozen order. */
export function memberNames(world: World, stage = 'stage-01'): string[] {
  return (ownList(world, stage)?.members ?? []).map(({ name }) => name)
}

/** The list that the stage's status names. */
export function ownList({ lists, plan }: World, stage = 'stage-01'): KeptList | undefined {
  const own = plan.status.stages?.find(({ id }) => id === stage)?.members?.digest
  return lists.get(stage)?.find(({ digest }) => digest === own)
}

export function update(world: World, name: string, how: (node: FleetNode) => FleetNode): void {
  const found = [...world.nodes.values()].find(({ metadata }) => metadata.name === name)
  if (!found) throw new Error(`no node ${name}`)
  change(world, found.metadata.uid, how)
}

/** The node stops or starts being Ready. */
export function setReady(world: World, name: string, ok: boolean, since: number): void {
  update(world, name, ({ ready, ...rest }) => ({ ...rest, ready: { ...ready, ok, since: at(since) } }))
}

export function add(world: World, name: string, parts: Parameters<typeof aNode>[1] = {}): void {
  const made = aNode(name, parts)
  world.nodes.set(made.metadata.uid, made)
}

export function stageOf({ plan }: World, id = 'stage-01'): StageStatus {
  return plan.status.stages?.find(stage => stage.id === id) ?? { id, phase: 'pending' }
}

/** A condition in short, such as `True Completed`. */
export function condition({ plan }: World, type: string): string {
  const found = plan.status.conditions?.find(one => one.type === type)
  return found ? `${found.status} ${found.reason}` : 'absent'
}

export function messageOf({ plan }: World): string {
  return plan.status.conditions?.find(one => one.type === 'Ready')?.message ?? ''
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(part)
  return value
}

/** What the API server would say of a plan with this status; nothing when it accepts it. */
export function violations(plan: RolloutPlan, status: PlanStatus) {
  return validatePlan({ ...plan, apiVersion: API_VERSION, kind: 'RolloutPlan', status })
}

function write(world: World, status: PlanStatus): void {
  expect(violations(world.plan, status), 'the status must be valid').to.deep.equal([])
  const resourceVersion = String(Number(world.plan.metadata.resourceVersion) + 1)
  world.plan = { ...world.plan, metadata: { ...world.plan.metadata, resourceVersion }, status }
}

function change({ nodes }: World, uid: string, how: (node: FleetNode) => FleetNode): void {
  const found = nodes.get(uid)
  if (found) nodes.set(uid, how(found))
}
