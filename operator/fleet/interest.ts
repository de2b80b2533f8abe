import { NODE_PREFIX, REPORT_ANNOTATION, annotationsOf } from '../api/names.ts'
import type { RolloutPlan } from '../api/object.ts'
import type { Selector } from '../api/rollout-plan.ts'
import type { FleetNode } from './node.ts'

/** In what two versions of a node differ, as far as decisions read nodes. Heartbeats are no change. */
export type NodeChange = {
  /** Whether it is another node of the same name, or its readiness is another one. */
  readonly itself: boolean
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
}

/** Undefined when they differ in nothing that a decision reads. */
export function changeOfNode(a: FleetNode, b: FleetNode): NodeChange | undefined {
  const itself = a.metadata.uid !== b.metadata.uid || a.ready.ok !== b.ready.ok || a.ready.since !== b.ready.since
  const labels = differing(a.metadata.labels, b.metadata.labels)
  const annotations = differing(a.metadata.annotations, b.metadata.annotations)
  return itself || labels.length > 0 || annotations.length > 0 ? { itself, labels, annotations } : undefined
}

/**
 * Whether a change of a node may change what is decided about a plan. Plans with other activation labels move the same
 * nodes side by side: what they write is read by nobody else, unless a selector names it.
 */
export function concernsPlan({ spec }: RolloutPlan, { itself, labels, annotations }: NodeChange): boolean {
  const { read, selected } = interestOf(spec)
  return (
    itself ||
    annotations.some(key => read.has(key)) ||
    labels.some(key => !key.startsWith(NODE_PREFIX) || read.has(key) || selected.has(key))
  )
}

type Interest = {
  /** The activation label, its annotations, and the agents' report. */
  readonly read: ReadonlySet<string>
  /** Labels that a selector of the plan names. */
  readonly selected: ReadonlySet<string>
}

const interests = new WeakMap<RolloutPlan['spec'], Interest>()

function interestOf(spec: RolloutPlan['spec']): Interest {
  const known = interests.get(spec)
  if (known) return known
  const { label, confirm } = spec.activation
  const reports = confirm.kind === 'annotation' ? [confirm.annotation ?? REPORT_ANNOTATION] : []
  const interest = {
    read: new Set([label, ...Object.values(annotationsOf(label)), ...reports]),
    selected: new Set([spec.fleet.selector, ...spec.stages.map(({ nodes }) => nodes.selector)].flatMap(keysOf)),
  }
  interests.set(spec, interest)
  return interest
}

function keysOf(selector: Selector | undefined): readonly string[] {
  return [
    ...Object.keys(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(expression => expression.key),
  ]
}

function differing(a: { readonly [key: string]: string }, b: { readonly [key: string]: string }): readonly string[] {
  const gone = Object.keys(a).filter(key => !(key in b))
  return [...gone, ...Object.keys(b).filter(key => a[key] !== b[key])]
}
