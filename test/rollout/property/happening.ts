import { REPORT_ANNOTATION } from '../../../operator/api/names.ts'
import type { RolloutPlan } from '../../../operator/api/object.ts'
import { releaseOf } from '../../../operator/api/object.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import { START, node as aNode, pod as aPod, recovery as aRecovery } from '../build.ts'
import type { Cluster } from './cluster.ts'
import { changeNode } from './cluster.ts'
import type { Ask, NodeShape, Ordinary, Scenario } from './scenario.ts'
import { planOf } from './scenario.ts'

const SECOND = 1000

/** A cluster in which things happen; counters make names that are never used twice. */
export type Stage = { readonly cluster: Cluster; readonly scenario: Scenario<unknown>; serial: number }

/** Sets the scene: nodes, and the first plan published. */
export function begin(cluster: Cluster, scenario: Scenario<unknown>): Stage {
  const stage: Stage = { cluster, scenario, serial: 0 }
  for (const shape of scenario.nodes) addNode(stage, shape)
  publish(stage, 'first')
  return stage
}

/** Lets an event happen. Says which recovery, node or plan is new or changed where others have to know. */
export function happen(stage: Stage, event: Ordinary): void {
  const { cluster } = stage
  switch (event.kind) {
    case 'add':
      return addNode(stage, event)
    case 'delete':
      return forNode(cluster, event.node, node => removeNode(cluster, node))
    case 'recreate':
      return forNode(cluster, event.node, node => {
        removeNode(cluster, node)
        const { name, labels } = node.metadata
        const { ring = '', pool = '' } = labels
        putNode(stage, name, { ring, pool, ready: true })
      })
    case 'ready':
      return forNode(cluster, event.node, node => setReady(cluster, node, event.ok))
    case 'podReady':
      return forNode(cluster, event.node, node => setPod(stage, node, event.ok))
    case 'podGone':
      return forNode(cluster, event.node, node => void cluster.pods.delete(node.metadata.name))
    case 'move':
      return forNode(cluster, event.node, node => label(cluster, node, 'ring', event.ok ? 'canary' : 'wide'))
    case 'report':
      return forNode(cluster, event.node, node => report(cluster, node, event.what))
    case 'wave':
      for (const [position, node] of [...cluster.nodes.values()].entries())
        if (event.except === 0 || position % event.except !== event.except - 1) succeed(stage, node)
      return
    case 'wait':
      cluster.now += event.seconds * SECOND
      return
    case 'relabel':
      return forNode(cluster, event.node, node => relabel(cluster, node, event.value))
    case 'publish':
      if (!cluster.plans.has('second')) publish(stage, 'second')
      return
    case 'replace':
      return replace(stage)
    case 'recover':
      return ask(stage, event.ask)
  }
}

function forNode(cluster: Cluster, position: number, what: (node: FleetNode) => void): void {
  if (cluster.nodes.size === 0) return
  const node = [...cluster.nodes.values()][position % cluster.nodes.size]
  if (node) what(node)
}

function addNode(stage: Stage, shape: NodeShape): void {
  stage.serial += 1
  putNode(stage, `n${stage.serial}`, shape)
}

function putNode(stage: Stage, name: string, { ring, pool, ready }: NodeShape): void {
  stage.serial += 1
  const uid = `u${stage.serial}-${name}`
  const since = (stage.cluster.now - START) / SECOND - 100
  stage.cluster.nodes.set(uid, aNode(name, { uid, labels: { ring, pool }, ready, since }))
}

function removeNode({ nodes, pods }: Cluster, { metadata }: FleetNode): void {
  nodes.delete(metadata.uid)
  pods.delete(metadata.name)
}

export function setReady(cluster: Cluster, node: FleetNode, ok: boolean): void {
  if (node.ready.ok === ok) return
  changeNode(cluster, node.metadata.uid, old => ({ ...old, ready: { ...old.ready, ok, since: cluster.now } }))
}

function label(cluster: Cluster, { metadata }: FleetNode, key: string, value: string | undefined): void {
  changeNode(cluster, metadata.uid, old => {
    const { [key]: _, ...rest } = old.metadata.labels
    return { ...old, metadata: { ...old.metadata, labels: value === undefined ? rest : { ...rest, [key]: value } } }
  })
}

/** A pod of the release that the node is labelled for, Ready or crash-looping. */
function setPod(stage: Stage, node: FleetNode, ok: boolean): void {
  const { cluster } = stage
  const release = wanted(cluster, node)
  if (!release) return
  const { name } = node.metadata
  const old = cluster.pods.get(name)?.[0]
  if (ok && old?.ready.ok && old.metadata.labels['release'] === release) return
  stage.serial += 1
  const pod = aPod(name, { name: `agent-${stage.serial}`, ready: ok, since: (cluster.now - START) / SECOND })
  const fault = { kind: 'crash', reason: 'CrashLoopBackOff', detail: 'exited with code 1', at: cluster.now } as const
  const labels = { app: 'agent', release }
  cluster.pods.set(name, [{ ...pod, metadata: { ...pod.metadata, labels }, fault: ok ? undefined : fault }])
}

/** The release that a node's label asks for. */
function wanted({ plans }: Cluster, { metadata }: FleetNode): string | undefined {
  for (const plan of plans.values()) {
    const value = metadata.labels[plan.spec.activation.label]
    if (value !== undefined) return value
  }
  return undefined
}

function report(cluster: Cluster, node: FleetNode, what: 'release' | 'failure' | 'nothing' | 'other'): void {
  const release = wanted(cluster, node)
  if (what !== 'nothing' && release === undefined) return
  const value = { release, failure: `failed:${release} disk full`, nothing: undefined, other: 'another-release' }[what]
  changeNode(cluster, node.metadata.uid, old => {
    const { [REPORT_ANNOTATION]: _, ...rest } = old.metadata.annotations
    const annotations = value === undefined ? rest : { ...rest, [REPORT_ANNOTATION]: value }
    return { ...old, metadata: { ...old.metadata, annotations } }
  })
}

/** The machine does what its label asks for, in every way that a plan may look at. */
export function succeed(stage: Stage, node: FleetNode): void {
  if (wanted(stage.cluster, node) === undefined) return
  if (node.metadata.annotations[REPORT_ANNOTATION] !== wanted(stage.cluster, node))
    report(stage.cluster, node, 'release')
  setPod(stage, node, true)
}

function relabel(cluster: Cluster, node: FleetNode, what: 'nothing' | 'other' | 'release'): void {
  const first = [...cluster.plans.values()][0]
  if (!first) return
  const value = { nothing: undefined, other: 'by-hand', release: releaseOf(first) }[what]
  label(cluster, node, first.spec.activation.label, value)
}

function publish(stage: Stage, name: 'first' | 'second'): void {
  const { cluster, scenario } = stage
  if (cluster.plans.size > 0) cluster.now += SECOND
  stage.serial += 1
  const plan = planOf(scenario[name], name, `plan-${stage.serial}`, (cluster.now - START) / SECOND)
  cluster.plans.set(name, plan)
}

/** A plan that has ended is deleted, its member lists with it, and another of the same name is made. */
function replace(stage: Stage): void {
  const { plans, lists, recoveries } = stage.cluster
  const old = plans.get('first')
  if (!old || !isTerminal(old)) return
  // What took effect is remembered in the plan until its verdict is written; nothing else remembers it.
  const last = old.status.lastRecovery
  if (last && recoveries.get(last.name)?.status.phase === 'Pending') return
  plans.delete('first')
  lists.delete(old.metadata.uid)
  publish(stage, 'first')
}

export function isTerminal({ status }: RolloutPlan): boolean {
  return status.phase === 'completed' || status.phase === 'rolled_back' || status.phase === 'cancelled'
}

/** Somebody asks for a recovery. */
export function ask(stage: Stage, wanted: Ask): void {
  const { cluster } = stage
  const plan = cluster.plans.get(wanted.plan)
  stage.serial += 1
  const name = `recovery-${stage.serial}`
  const position = typeof wanted.stage === 'number' ? wanted.stage + 1 : 1
  const current = plan?.status.currentStageId ?? 'stage-1'
  const stageId =
    wanted.stage === 'none' && wanted.strategy !== 'approve'
      ? undefined
      : wanted.stage === 'current'
        ? current
        : `stage-${position}`
  const planUid = wanted.uid === 'right' ? plan?.metadata.uid : wanted.uid === 'wrong' ? 'another-uid' : undefined
  const created = wanted.uid === 'early' && plan ? Date.parse(plan.metadata.creationTimestamp) - SECOND : cluster.now
  cluster.recoveries.set(
    name,
    aRecovery(wanted.strategy, {
      name,
      created: (created - START) / SECOND,
      planName: wanted.plan,
      operator: wanted.operator,
      ...(stageId === undefined ? {} : { stageId }),
      ...(planUid === undefined ? {} : { planUid }),
      ...(wanted.gate === undefined || wanted.strategy !== 'skip_failed' ? {} : { gate: wanted.gate }),
    }),
  )
}
