import { ANNOTATION, REPORT_ANNOTATION } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { releaseOf } from '../../../operator/api/object.ts'
import type { Counts } from '../../../operator/api/rollout-plan-status.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import { count, gatesPassed } from '../model/stage.ts'
import type { Machine, Model, ModelPlan, ModelRecovery, ModelStage, ModelVerdict } from '../model/state.ts'
import { addPlan, tagOf } from '../model/state.ts'
import type { Cluster } from './cluster.ts'
import { listOf } from './cluster.ts'

/** Keeps the model informed of what is true of machines and people, and compares what both sides have made of it. */
export function emptyModel(cluster: Cluster): Model {
  return {
    now: cluster.now,
    machines: new Map(),
    tags: new Map(),
    plans: [],
    creations: new Map(),
    frozenOrder: (uid, stage) => {
      const plan = [...cluster.plans.values()].find(({ metadata }) => metadata.uid === uid)
      return plan && listOf(cluster.lists, plan, stage)?.members.map(member => member.uid)
    },
  }
}

/** Tells the model what has happened. Labels that a person set are told as they are made. */
export function inform(model: Model, cluster: Cluster): void {
  model.now = cluster.now
  const machines = new Map<string, Machine>()
  for (const node of cluster.nodes.values()) machines.set(node.metadata.uid, machineOf(cluster, node))
  model.machines = machines
  for (const uid of model.tags.keys()) if (!machines.has(uid)) model.tags.delete(uid)

  const plans = [...cluster.plans.values()]
  const gone = model.plans.filter(known => !plans.some(({ metadata }) => metadata.uid === known.uid))
  for (const plan of gone) model.plans.splice(model.plans.indexOf(plan), 1)
  for (const plan of plans) {
    const { uid, name, creationTimestamp } = plan.metadata
    if (model.plans.some(known => known.uid === uid)) continue
    addPlan(model, {
      uid,
      name,
      release: releaseOf(plan),
      createdAt: Date.parse(creationTimestamp),
      spec: plan.spec,
    })
  }
}

export function machineOf({ pods }: Cluster, { metadata, ready }: FleetNode): Machine {
  return {
    uid: metadata.uid,
    name: metadata.name,
    labels: metadata.labels,
    ready: ready.ok,
    readySince: ready.since,
    report: metadata.annotations[REPORT_ANNOTATION],
    pods: (pods.get(metadata.name) ?? []).map(pod => ({
      release: pod.metadata.labels['release'] ?? '',
      ready: pod.ready.ok,
      since: pod.ready.since,
      crashedAt: pod.fault?.at,
    })),
  }
}

/** Tells the model of labels that a person has changed. */
export function informOfLabels(model: Model, { plans, nodes }: Cluster): void {
  const [plan] = plans.values()
  if (!plan) return
  for (const { metadata } of nodes.values())
    tagOf(model, metadata.uid).value = metadata.labels[plan.spec.activation.label]
}

export function asModelRecovery({ metadata, spec }: RolloutRecovery): ModelRecovery {
  return {
    plan: spec.planName,
    planUid: spec.planUid,
    createdAt: Date.parse(metadata.creationTimestamp),
    strategy: spec.strategy,
    stage: spec.stageId,
    operator: spec.operator ?? '',
    gate: spec.gate,
  }
}

/** Everything in which the two sides differ, in words; nothing when they agree. */
export function differences(model: Model, cluster: Cluster): string[] {
  const plans = model.plans.flatMap(known => {
    const plan = cluster.plans.get(known.name)
    return plan ? planDifferences(model, known, plan) : [`plan ${known.name} is missing`]
  })
  const nodes = [...cluster.nodes.values()].flatMap(node => nodeDifferences(model, node))
  return [...plans, ...nodes]
}

function planDifferences(model: Model, known: ModelPlan, { status }: RolloutPlan): string[] {
  const found: string[] = []
  if (status.phase !== known.phase) found.push(`plan ${known.name}: model ${known.phase}, domain ${status.phase}`)
  if ((status.waitingFor !== undefined) !== (known.phase === 'published' && known.waiting))
    found.push(`plan ${known.name}: model ${known.waiting ? 'waits' : 'does not wait'}, domain ${status.waitingFor}`)
  for (const [position, stage] of known.stages.entries()) {
    const actual = status.stages?.[position]
    const where = `stage ${stage.spec.id} of ${known.name}`
    const expected = shortOf(stage)
    const shown = `${actual?.phase ?? 'pending'}${actual?.skipped ? ' skipped' : ''}${actual?.settledAt === undefined ? '' : ' settled'}`
    if (shown !== expected) found.push(`${where}: model ${expected}, domain ${shown}`)
    const wanted = countsOf(stage)
    if (stage.members && wanted !== inWords(actual?.counts))
      found.push(`${where}: model ${wanted}, domain ${inWords(actual?.counts)}`)
    const gates = gatesPassed(model, stage).join(' ')
    const passed = actual?.gates?.map(({ state }) => state === 'passed').join(' ') ?? ''
    if (stage.phase === 'open' && stage.members && gates !== passed)
      found.push(`${where}: model has gates ${gates}, domain ${passed}`)
    if ((actual?.members === undefined) !== (stage.members === undefined))
      found.push(
        `${where}: model ${stage.members ? 'has' : 'has no'} members, domain ${actual?.members?.count ?? 'none'}`,
      )
  }
  return found
}

function shortOf({ phase, skipped, settledAt }: ModelStage): string {
  return `${phase}${skipped ? ' skipped' : ''}${settledAt === undefined ? '' : ' settled'}`
}

const KINDS = ['pending', 'activating', 'activated', 'failed', 'unreachable', 'gone'] as const

function countsOf(stage: ModelStage): string {
  return KINDS.map(kind => `${kind} ${count(stage, kind)}`).join(', ')
}

function inWords(counts: Counts | undefined): string {
  return KINDS.map(kind => `${kind} ${counts?.[kind] ?? 0}`).join(', ')
}

function nodeDifferences(model: Model, { metadata }: FleetNode): string[] {
  const tag = tagOf(model, metadata.uid)
  const label = [...model.plans][0]?.spec.activation.label ?? ''
  const expected = [tag.value, tag.order?.plan, tag.order?.stage, tag.order?.attempt].join(' ')
  const attempt = metadata.annotations[ANNOTATION.attempt]
  const shown = [
    metadata.labels[label],
    metadata.annotations[ANNOTATION.planUid],
    metadata.annotations[ANNOTATION.stage],
    attempt,
  ].join(' ')
  return shown === expected ? [] : [`node ${metadata.name}: model [${expected}], domain [${shown}]`]
}

/** In what the judgements of one recovery differ. */
export function verdictDifference({ metadata, spec, status }: RolloutRecovery, { refusedFor }: ModelVerdict): string[] {
  const agreed =
    status.phase === 'Rejected' ? status.code !== undefined && refusedFor.has(status.code) : refusedFor.size === 0
  if (agreed && status.phase !== 'Pending') return []
  const expected = refusedFor.size === 0 ? 'Succeeded' : `Rejected with ${[...refusedFor].join(' or ')}`
  return [`${spec.strategy} ${metadata.name}: model ${expected}, domain ${status.phase} ${status.code ?? ''}`]
}
