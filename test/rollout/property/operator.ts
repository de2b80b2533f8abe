import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { RecoveryStatus } from '../../../operator/api/rollout-recovery.ts'
import { type NodePatch, activationPatch, withdrawalPatch } from '../../../operator/fleet/activation.ts'
import { reportOf } from '../../../operator/fleet/confirmation.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import type { FleetPod } from '../../../operator/fleet/pod.ts'
import { changeOf } from '../../../operator/rollout/change.ts'
import { type Decision } from '../../../operator/rollout/decision.ts'
import type { Observation } from '../../../operator/rollout/observation.ts'
import { decide } from '../../../operator/rollout/promoter.ts'
import { owing } from '../../../operator/rollout/rival.ts'
import { endsPlan, recover } from '../../../operator/rollout/recovery.ts'
import { stamp } from './clock.ts'
import type { Answer, Cluster } from './cluster.ts'
import { keptLists, patchNode, writeList, writeStatus, writeVerdict } from './cluster.ts'

/** What one process of the operator believes the cluster to be. Writes go to the cluster itself. */
export type Process = {
  readonly cluster: Cluster
  /** What it sees; the cluster's own maps, or older copies. */
  view: Pick<Cluster, 'plans' | 'lists' | 'recoveries'>
  /** Nodes that it sees in an older version, or not at all, by UID; and pods likewise, by node name. */
  readonly oldNodes: Map<string, FleetNode | undefined>
  readonly oldPods: Map<string, readonly FleetPod[]>
  /** Whether it can see pods. */
  podsSeen: boolean
  /** Crossed before and after each write; may throw to end the process there. */
  cross: (point: string, rest: () => readonly Intent[]) => void
}

/** A patch that a process was about to make. */
export type Intent = { readonly plan: RolloutPlan; readonly patch: NodePatch }

/** `blocked`: something was to be written, but what it was decided from is out of date. */
export type Progress = 'wrote' | 'idle' | 'blocked'

export function startProcess(cluster: Cluster): Process {
  return {
    cluster,
    view: cluster,
    oldNodes: new Map(),
    oldPods: new Map(),
    podsSeen: true,
    cross: () => {},
  }
}

export function observe(process: Process, plan: RolloutPlan): Observation {
  const { view } = process
  const others = view.plans.size > 1 ? [...view.plans.values()] : []
  return {
    plan,
    nodes: nodesSeen(process),
    pods: podsSeen(process, plan),
    kept: keptLists(view.lists, plan),
    owes: owing(rival => keptLists(view.lists, rival)),
    rivals: others.filter(
      ({ metadata, spec }) =>
        metadata.uid !== plan.metadata.uid && spec.activation.label === plan.spec.activation.label,
    ),
  }
}

function nodesSeen({ cluster, oldNodes }: Process): ReadonlyMap<string, FleetNode> {
  if (oldNodes.size === 0) return cluster.nodes
  const nodes = new Map(cluster.nodes)
  for (const [uid, node] of oldNodes)
    if (node) nodes.set(uid, node)
    else nodes.delete(uid)
  return nodes
}

function podsSeen({ cluster, oldPods, podsSeen }: Process, plan: RolloutPlan): Observation['pods'] {
  const { confirm } = plan.spec.activation
  if (confirm.kind !== 'pod') return new Map()
  if (!podsSeen) return undefined
  const release = confirm.selector?.matchLabels?.['release']
  const seen = new Map<string, readonly FleetPod[]>()
  for (const [node, pods] of oldPods.size > 0 ? new Map([...cluster.pods, ...oldPods]) : cluster.pods) {
    const mine = pods.filter(({ metadata }) => metadata.labels['release'] === release)
    if (mine.length > 0) seen.set(node, mine)
  }
  return seen
}

/** When time alone may change what any plan needs. */
export function nextLook(process: Process): number | undefined {
  const { view, cluster } = process
  const times = [...view.plans.values()].flatMap(plan => decide(observe(process, plan), cluster.now).lookAgainAt ?? [])
  return times.length > 0 ? Math.min(...times) : undefined
}

/** One step of a plan: a recovery, or what the BatchPromoter decides; at most one kind of write. */
export function step(process: Process, planName: string): Progress {
  const plan = process.view.plans.get(planName)
  if (!plan) return 'idle'
  return judgeNext(process, plan) ?? carryOut(process, plan, decide(observe(process, plan), process.cluster.now))
}

/** Recoveries are applied one by one, each remembered in the plan's status before its own verdict is written. */
function judgeNext(process: Process, plan: RolloutPlan): Progress | undefined {
  const { cluster, view } = process
  const last = plan.status.lastRecovery
  const applied = last && view.recoveries.get(last.name)
  if (last && applied?.metadata.uid === last.uid && applied.status.phase === 'Pending')
    return verdict(process, applied, { phase: 'Succeeded', previousPhase: last.previousPhase, newPhase: last.newPhase })

  const pending = [...view.recoveries.values()].filter(
    ({ spec, status, metadata }) =>
      spec.planName === plan.metadata.name && status.phase === 'Pending' && metadata.uid !== last?.uid,
  )
  const outcomeOf = (recovery: RolloutRecovery) => recover(observe(process, plan), recovery, cluster.now).kind
  const postponed = pending[0] !== undefined && outcomeOf(pending[0]) === 'postponed'
  const first = postponed
    ? pending.find(recovery => endsPlan(recovery.spec) && outcomeOf(recovery) === 'applied')
    : pending[0]
  if (!first) return undefined
  // It is read from the API server once more; if it has been judged meanwhile, the view was old.
  const live = cluster.recoveries.get(first.metadata.name)
  if (live?.status.phase !== 'Pending') return 'blocked'
  const outcome = recover(observe(process, plan), first, cluster.now)
  if (outcome.kind === 'postponed') return undefined
  if (outcome.kind === 'applied') return putStatus(process, plan, outcome.decision)
  if (cluster.plans.get(plan.metadata.name)?.metadata.resourceVersion !== plan.metadata.resourceVersion)
    return 'blocked'
  return verdict(process, live, { phase: 'Rejected', code: outcome.code, message: outcome.message })
}

function carryOut(process: Process, plan: RolloutPlan, decision: Decision): Progress {
  const { cluster } = process
  const keep = ({ stage, frozen }: NonNullable<Decision['freeze']>) =>
    crossing(process, `list of ${stage}`, () => writeList(cluster, plan, stage, frozen))
  if (decision.freeze) return keep(decision.freeze)
  const change = changeOf(plan.status, decision.status)
  if (change === 'course') return putStatus(process, plan, decision)
  const intents = intentsOf(process, plan, decision)
  if (intents.length > 0) return makePatches(process, intents)
  if (decision.prepare && keep(decision.prepare) === 'wrote') return 'wrote'
  return change === 'counts' ? putStatus(process, plan, decision) : 'idle'
}

function putStatus(process: Process, plan: RolloutPlan, { status }: Decision): Progress {
  return crossing(process, `status of ${plan.metadata.name}`, () => writeStatus(process.cluster, plan, status))
}

function verdict(process: Process, recovery: RolloutRecovery, status: RecoveryStatus): Progress {
  return crossing(process, `verdict of ${recovery.metadata.name}`, () =>
    writeVerdict(process.cluster, recovery, status),
  )
}

function intentsOf(process: Process, plan: RolloutPlan, { withdraw, activate }: Decision): Intent[] {
  const nodes = nodesSeen(process)
  const at = stamp(process.cluster.now)
  const intents: Intent[] = []
  for (const { uid } of withdraw) {
    const node = nodes.get(uid)
    if (node) intents.push({ plan, patch: withdrawalPatch(node, plan) })
  }
  for (const { member, stage, attempt } of activate) {
    const node = nodes.get(member.uid)
    if (node) intents.push({ plan, patch: activationPatch(node, plan, stage, attempt, reportOf(node, plan), at) })
  }
  return intents
}

/** A node that changed meanwhile is read anew, and left for the next decision. */
function makePatches(process: Process, intents: readonly Intent[]): Progress {
  let progress: Progress = 'blocked'
  for (const [index, { plan, patch }] of intents.entries()) {
    const made = crossing(
      process,
      `node ${patch.metadata.uid}`,
      () => patchNode(process.cluster, plan, patch),
      () => intents.slice(index),
    )
    if (made === 'wrote' || process.oldNodes.has(patch.metadata.uid)) progress = 'wrote'
    process.oldNodes.delete(patch.metadata.uid)
  }
  return progress
}

/** Makes a write, with a place to die before it and one after it. */
function crossing(
  process: Process,
  what: string,
  write: () => Answer,
  rest: () => readonly Intent[] = () => [],
): Progress {
  process.cross(`before ${what}`, rest)
  const answer = write()
  process.cross(`after ${what}`, () => rest().slice(1))
  return answer === 'written' ? 'wrote' : 'blocked'
}

/** Recoveries of plans that do not exist. */
function judgeOrphans(process: Process): void {
  const { cluster } = process
  for (const recovery of cluster.recoveries.values())
    if (recovery.status.phase === 'Pending' && !cluster.plans.has(recovery.spec.planName))
      verdict(process, recovery, { phase: 'Rejected', code: 'plan_not_found', message: 'there is no such plan' })
}

/** Lets all plans step, in turn, until there is nothing left to do or it cannot be done from what is seen. */
export function runToRest(process: Process): void {
  judgeOrphans(process)
  for (let round = 0; ; round += 1) {
    let wrote = false
    for (const name of process.view.plans.keys())
      for (let steps = 0; step(process, name) === 'wrote'; steps += 1) {
        wrote = true
        if (steps > 400) throw new Error(`plan ${name} does not come to rest`)
      }
    if (!wrote) return
    if (round > 50) throw new Error('the plans do not come to rest')
  }
}
