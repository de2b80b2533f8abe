import { RELEASE_LABEL, REPORT_ANNOTATION } from '../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../operator/api/object.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { ConfirmSpec, PlanSpec, StageSpec } from '../../operator/api/rollout-plan.ts'
import type { RecoverySpec, Strategy } from '../../operator/api/rollout-recovery.ts'
import { type NodePatch, activationPatch } from '../../operator/fleet/activation.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { FleetPod } from '../../operator/fleet/pod.ts'
import type { MemberNode, MemberState } from '../../operator/rollout/member.ts'
import { type Frozen, digestOf } from '../../operator/rollout/membership.ts'
import type { Observation } from '../../operator/rollout/observation.ts'

/** Builders of everything the domain reads. Times are seconds after START unless they say otherwise. */

export const START = Date.parse('2026-03-18T08:00:00Z')
export const RELEASE = '1.4.2'
const DAY = 86_400

/** Epoch milliseconds. */
export function at(seconds: number): number {
  return START + seconds * 1000
}

/** RFC 3339, as objects have it. */
export function time(seconds: number): string {
  return new Date(at(seconds)).toISOString().replace('.000Z', 'Z')
}

export const CONFIRM = {
  ready: { kind: 'ready', minReadySeconds: 0 },
  annotation: { kind: 'annotation', minReadySeconds: 0 },
  pod: {
    kind: 'pod',
    namespace: 'fleet',
    selector: { matchLabels: { app: 'agent', release: RELEASE } },
    minReadySeconds: 0,
  },
} as const satisfies { readonly [kind: string]: ConfirmSpec }

export function stage(id: string, spec: Partial<StageSpec> = {}): StageSpec {
  return { id, nodes: {}, allowEmpty: false, batchSize: 1, maxFailures: 0, maxUnreachable: 0, gates: [], ...spec }
}

type PlanParts = {
  readonly name?: string
  readonly uid?: string
  readonly created?: number
  readonly stages?: readonly StageSpec[]
  /** Labels of the fleet; absent: every node. */
  readonly fleet?: { readonly [label: string]: string }
  /** Default: the node's agent reports, so that a test says when each node confirms. */
  readonly confirm?: ConfirmSpec
  readonly timeoutSeconds?: number
  readonly spec?: Partial<PlanSpec>
  readonly status?: Partial<PlanStatus>
}

/** A published plan with one stage that takes everyone, one at a time. */
export function plan(parts: PlanParts = {}): RolloutPlan {
  const { name = 'agent-1-4-2', uid = `uid-${name}`, created = 0, stages = [stage('stage-01')] } = parts
  const { fleet, confirm = CONFIRM.annotation, timeoutSeconds = 600 } = parts
  return {
    metadata: {
      name,
      namespace: 'fleet',
      uid,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: time(created),
    },
    spec: {
      artifactRef: 'oci.example/agent@sha256:1',
      release: RELEASE,
      fleet: fleet ? { selector: { matchLabels: fleet } } : {},
      activation: { label: RELEASE_LABEL, confirm, timeoutSeconds },
      stuckAfterSeconds: 3600,
      stages,
      ...parts.spec,
    },
    status: { phase: 'published', ...parts.status },
  }
}

type NodeParts = {
  readonly uid?: string
  readonly labels?: { readonly [label: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly ready?: boolean
  /** Since when it has been Ready, or not. */
  readonly since?: number
}

/** A node that has been Ready for a day. */
export function node(name: string, parts: NodeParts = {}): FleetNode {
  const { uid = `uid-${name}`, labels = {}, annotations = {}, ready = true, since = -DAY } = parts
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid, resourceVersion: '1', creationTimestamp: time(-DAY), labels, annotations },
    ready: { ok: ready, since: at(since), detail: 'node is not Ready (KubeletNotReady)' },
  }
}

/** `count` nodes called n01, n02, … */
export function nodes(count: number, parts: NodeParts = {}): FleetNode[] {
  return Array.from({ length: count }, (_, index) => node(`n${String(index + 1).padStart(2, '0')}`, parts))
}

/** The node after a merge patch, in a new version. */
export function patched(before: FleetNode, { metadata: change }: NodePatch): FleetNode {
  const { metadata } = before
  const merge = (old: { readonly [key: string]: string }, parts: { readonly [key: string]: string | null }) =>
    Object.fromEntries(
      Object.entries({ ...old, ...parts }).filter((entry): entry is [string, string] => entry[1] !== null),
    )
  return {
    ...before,
    metadata: {
      ...metadata,
      resourceVersion: String(Number(metadata.resourceVersion) + 1),
      labels: merge(metadata.labels, change.labels),
      annotations: merge(metadata.annotations, change.annotations),
    },
  }
}

/** The node as the plan's activation leaves it. */
export function activated(
  before: FleetNode,
  by: RolloutPlan,
  { stage: id = 'stage-01', attempt = 1, at: when = 0 }: { stage?: string; attempt?: number; at?: number } = {},
): FleetNode {
  return patched(before, activationPatch(before, by, id, attempt, undefined, time(when)))
}

/** The node with what its agent reports. */
export function reporting(before: FleetNode, report: string): FleetNode {
  const annotations = { ...before.metadata.annotations, [REPORT_ANNOTATION]: report }
  return { ...before, metadata: { ...before.metadata, annotations } }
}

type PodParts = {
  readonly name?: string
  readonly ready?: boolean
  readonly since?: number
  readonly created?: number
  readonly terminating?: boolean
  readonly fault?: FleetPod['fault']
}

/** A pod of the release on the named node, Ready since START. */
export function pod(nodeName: string, parts: PodParts = {}): FleetPod {
  const { name = `agent-${nodeName}`, ready = true, since = 0, created = 0, terminating = false, fault } = parts
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'fleet',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: time(created),
      labels: { app: 'agent', release: RELEASE },
    },
    nodeName,
    terminating,
    ready: { ok: ready, since: at(since) },
    fault,
  }
}

/** These nodes as the frozen members of a stage, in this order. */
export function frozen(...of: readonly FleetNode[]): Frozen {
  const members = of.map(({ metadata: { name, uid } }) => ({ name, uid }))
  return { members, digest: digestOf(members) }
}

/** A stage that opened at START with these members, all of them released. */
export function opened(id: string, of: Frozen, parts: Partial<StageStatus> = {}): StageStatus {
  const { digest, members } = of
  const released = members.length
  const counted = { count: members.length, digest }
  return { id, phase: 'open', openedAt: time(0), attempt: 1, members: counted, released, confirmed: '', ...parts }
}

type Seen = {
  readonly plan?: RolloutPlan
  readonly nodes?: readonly FleetNode[]
  readonly pods?: readonly FleetPod[] | 'unseen'
  readonly frozen?: { readonly [stage: string]: Frozen }
  readonly rivals?: readonly RolloutPlan[]
  readonly trouble?: string
}

export function observation(seen: Seen = {}): Observation {
  const { pods = [], trouble } = seen
  return {
    plan: seen.plan ?? plan(),
    nodes: new Map((seen.nodes ?? []).map(one => [one.metadata.uid, one])),
    pods: pods === 'unseen' ? undefined : Map.groupBy(pods, one => one.nodeName),
    kept: new Map(Object.entries(seen.frozen ?? {}).map(([stage, list]) => [stage, [{ ...list, since: Infinity }]])),
    rivals: seen.rivals ?? [],
    owes: () => false,
    ...(trouble === undefined ? {} : { trouble }),
  }
}

type RecoveryParts = Partial<Omit<RecoverySpec, 'strategy'>> & { readonly name?: string; readonly created?: number }

export function recovery(strategy: Strategy, parts: RecoveryParts = {}): RolloutRecovery {
  const { name = `agent-1-4-2-${strategy}`, created = 1, ...spec } = parts
  return {
    metadata: {
      name,
      namespace: 'fleet',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: time(created),
    },
    spec: { planName: 'agent-1-4-2', strategy, reason: 'cause is gone', operator: 'alice', ...spec },
    status: { phase: 'Pending' },
  }
}

const STATES: { readonly [K in MemberState['kind']]: Extract<MemberState, { kind: K }> } = {
  pending: { kind: 'pending', again: false },
  activating: { kind: 'activating', deadline: at(600), detail: 'its agent has not reported' },
  activated: { kind: 'activated', since: at(0) },
  failed: { kind: 'failed', reason: 'TimedOut', detail: 'its agent has not reported 600 s after its activation' },
  unreachable: { kind: 'unreachable', detail: 'node is not Ready (KubeletNotReady)' },
  gone: { kind: 'gone' },
}

/** Members m0, m1, … in frozen order, each in the state named or given. */
export function members(...states: (MemberState['kind'] | MemberState)[]): MemberNode[] {
  return states.map((given, index) => {
    const state = typeof given === 'string' ? STATES[given] : given
    const ours = state.kind === 'activating' || state.kind === 'activated' || state.kind === 'failed'
    return { index, name: `m${index}`, uid: `uid-m${index}`, state, confirmed: state.kind === 'activated', ours }
  })
}
