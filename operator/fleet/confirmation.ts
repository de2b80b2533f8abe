import { REPORT_ANNOTATION, annotationsOf } from '../api/names.ts'
import { type RolloutPlan, releaseOf } from '../api/object.ts'
import type { Assignment } from './activation.ts'
import type { FleetNode } from './node.ts'
import type { FleetPod } from './pod.ts'

/**
 * Whether a node that was told to move has moved.
 *
 * - `confirmed`: it runs the release, since then without a break (epoch milliseconds); `undated` where nothing says since
 *   when, so that `since` is the earliest it can have been.
 * - `waiting`: no evidence either way; `until` is when time alone may change that.
 * - `failed`: there is evidence, newer than the attempt, that it will not get there by itself.
 */
export type Confirmation =
  | { readonly kind: 'confirmed'; readonly since: number; readonly undated?: true }
  | { readonly kind: 'waiting'; readonly detail: string; readonly until?: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly detail: string }

type Ours = Extract<Assignment, { kind: 'ours' }>

/** The kubelet waits up to five minutes between two pulls of an image; so long an old failure says nothing of a retry. */
const PULL_BACKOFF = 330_000

/** What the node, or the pods on it, say about the plan's release. `pods` are those on this node. */
export function confirmationOf(
  node: FleetNode,
  assignment: Ours,
  pods: readonly FleetPod[],
  plan: RolloutPlan,
  now: number,
): Confirmation {
  const { confirm } = plan.spec.activation
  switch (confirm.kind) {
    case 'ready':
      return steady(Math.max(node.ready.since, assignment.activatedAt), confirm.minReadySeconds, now, 'node')
    case 'annotation':
      return byReport(node, assignment, plan)
    case 'pod':
      return byPod(assignment, pods, confirm.minReadySeconds, now)
  }
}

/** The agent's report that the plan reads on this node, if there is one. */
export function reportOf(node: FleetNode, plan: RolloutPlan): string | undefined {
  const { confirm } = plan.spec.activation
  return confirm.kind === 'annotation' ? node.metadata.annotations[confirm.annotation ?? REPORT_ANNOTATION] : undefined
}

function byReport(node: FleetNode, assignment: Ours, plan: RolloutPlan): Confirmation {
  const report = reportOf(node, plan)
  const release = releaseOf(plan)
  if (report === release)
    return { kind: 'confirmed', since: Math.max(node.ready.since, assignment.activatedAt), undated: true }
  const failure = `failed:${release}`
  const dismissed = node.metadata.annotations[annotationsOf(plan.spec.activation.label).dismissed]
  if (report !== undefined && report !== dismissed && (report === failure || report.startsWith(`${failure} `)))
    return {
      kind: 'failed',
      reason: 'AgentReportedFailure',
      detail: `its agent reports: ${report.slice(failure.length + 1) || 'failed'}`,
    }
  return { kind: 'waiting', detail: report ? `its agent reports "${report}"` : 'its agent has not reported' }
}

function byPod(assignment: Ours, pods: readonly FleetPod[], minReadySeconds: number, now: number): Confirmation {
  const living = pods.filter(pod => !pod.terminating && !isReplaced(pod, pods))
  const ready = living.filter(pod => pod.ready.ok).map(pod => Math.max(pod.ready.since, assignment.activatedAt))
  const running = ready.length > 0 ? steady(Math.min(...ready), minReadySeconds, now, 'pod') : undefined
  if (running?.kind === 'confirmed') return running
  for (const pod of living) {
    const { fault, metadata } = pod
    if (!fault) continue
    const until = evidenceFrom(pod, assignment)
    const detail = `pod ${metadata.namespace}/${metadata.name}: ${fault.detail || fault.reason}`
    if (until <= now) return { kind: 'failed', reason: fault.reason, detail }
    return { kind: 'waiting', detail, ...(Number.isFinite(until) ? { until } : {}) }
  }
  if (running) return running
  const [pod] = living
  return {
    kind: 'waiting',
    detail: pod
      ? `pod ${pod.metadata.namespace}/${pod.metadata.name} is not Ready`
      : 'no pod of the release on the node',
  }
}

/**
 * A pod that has ended (it was evicted, or its node was shut down) stays until somebody deletes it. It says nothing of
 * the release any more when another has come to its node.
 */
function isReplaced({ fault, metadata }: FleetPod, pods: readonly FleetPod[]): boolean {
  if (fault?.kind !== 'evicted') return false
  const ended = Date.parse(metadata.creationTimestamp)
  return pods.some(
    other =>
      !other.terminating && other.fault?.kind !== 'evicted' && Date.parse(other.metadata.creationTimestamp) >= ended,
  )
}

/**
 * From when on a pod's fault counts against this attempt: at once if it happened in it; for a pod from before
 * (the node is being retried) when the kubelet has surely tried again.
 */
function evidenceFrom(pod: FleetPod, assignment: Ours): number {
  if (Date.parse(pod.metadata.creationTimestamp) >= assignment.activatedAt) return 0
  if (pod.fault?.at !== undefined) return pod.fault.at >= assignment.activatedAt ? 0 : Infinity
  return assignment.activatedAt + PULL_BACKOFF
}

function steady(since: number, minReadySeconds: number, now: number, what: string): Confirmation {
  const until = since + minReadySeconds * 1000
  return until <= now
    ? { kind: 'confirmed', since }
    : { kind: 'waiting', detail: `${what} is Ready, but not yet for ${minReadySeconds} s`, until }
}
