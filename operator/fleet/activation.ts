import { annotationsOf } from '../api/names.ts'
import { type RolloutPlan, nameOf, releaseOf } from '../api/object.ts'
import type { FleetNode } from './node.ts'

/**
 * What a node says about who told it to run what, by one activation label.
 *
 * - `none`: no plan with this label has touched it.
 * - `ours`: this plan activated it; `labelled` is false when somebody changed the label since.
 * - `other`: another plan did, last.
 */
export type Assignment =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'ours'
      readonly stage: string
      readonly attempt: number
      readonly activatedAt: number
      readonly labelled: boolean
    }
  | { readonly kind: 'other'; readonly plan: string; readonly planUid: string; readonly activatedAt: number }

/** Reads the assignment from the node's label and the annotations that belong to it. */
export function assignmentOf(node: FleetNode, plan: RolloutPlan): Assignment {
  const { labels, annotations } = node.metadata
  const { label } = plan.spec.activation
  const own = annotationsOf(label)
  const planUid = annotations[own.planUid]
  if (planUid === undefined) return { kind: 'none' }
  const activatedAt = Date.parse(annotations[own.activatedAt] ?? '') || 0
  if (planUid !== plan.metadata.uid)
    return { kind: 'other', plan: annotations[own.plan] ?? planUid, planUid, activatedAt }
  return {
    kind: 'ours',
    stage: annotations[own.stage] ?? '',
    attempt: Number(annotations[own.attempt] ?? 1) || 1,
    activatedAt,
    labelled: labels[label] === releaseOf(plan),
  }
}

/** A JSON merge patch (RFC 7386) of a Node; null removes. */
export type NodePatch = {
  readonly metadata: {
    /** Preconditions: the patch is refused with 409 unless the node is this one, in this version. */
    readonly uid: string
    readonly resourceVersion: string
    readonly labels: { readonly [key: string]: string | null }
    readonly annotations: { readonly [key: string]: string | null }
  }
}

/** The annotations that an activation overwrites and a withdrawal gives back. */
const RESTORED = ['artifact', 'plan', 'planUid', 'stage', 'attempt', 'activatedAt', 'previous'] as const

type Previous = { readonly release: string | null } & { readonly [K in (typeof RESTORED)[number]]?: string }

/**
 * The one patch that makes a node run the plan's release.
 *
 * The value before is kept beside it, so that a withdrawal can give it back even after a crash.
 * A repeated activation (retry) keeps the first one's value, and dismisses what the agent last
 * reported, so that an old failure report does not fail the new attempt.
 */
export function activationPatch(
  node: FleetNode,
  plan: RolloutPlan,
  stage: string,
  attempt: number,
  report: string | undefined,
  at: string,
): NodePatch {
  const { label } = plan.spec.activation
  const own = annotationsOf(label)
  const repeated = assignmentOf(node, plan).kind === 'ours'
  const kept = node.metadata.annotations[own.previous]
  const previous = repeated && kept !== undefined ? kept : JSON.stringify(previousOf(node, plan))
  return patch(node, {
    labels: { [label]: releaseOf(plan) },
    annotations: {
      [own.artifact]: plan.spec.artifactRef,
      [own.plan]: nameOf(plan),
      [own.planUid]: plan.metadata.uid,
      [own.stage]: stage,
      [own.attempt]: String(attempt),
      [own.activatedAt]: at,
      [own.previous]: previous,
      [own.dismissed]: report ?? null,
    },
  })
}

/** The patch that gives a node back what it had before this plan activated it. A label that somebody changed since stays. */
export function withdrawalPatch(node: FleetNode, plan: RolloutPlan): NodePatch {
  const { label } = plan.spec.activation
  const own = annotationsOf(label)
  const previous = parsePrevious(node.metadata.annotations[own.previous])
  const restored = RESTORED.map(key => [own[key], previous[key] ?? null] as const)
  return patch(node, {
    labels: node.metadata.labels[label] === releaseOf(plan) ? { [label]: previous.release } : {},
    annotations: { ...Object.fromEntries(restored), [own.dismissed]: null },
  })
}

function patch(
  node: FleetNode,
  { labels, annotations }: Pick<NodePatch['metadata'], 'labels' | 'annotations'>,
): NodePatch {
  const { uid, resourceVersion } = node.metadata
  return { metadata: { uid, resourceVersion, labels, annotations } }
}

function previousOf(node: FleetNode, plan: RolloutPlan): Previous {
  const { labels, annotations } = node.metadata
  const own = annotationsOf(plan.spec.activation.label)
  const kept = RESTORED.flatMap(key => {
    const value = annotations[own[key]]
    if (value === undefined) return []
    return [[key, key === 'previous' ? withoutPrevious(value) : value] as const]
  })
  return { release: labels[plan.spec.activation.label] ?? null, ...Object.fromEntries(kept) }
}

/** What the plan before had kept, one level deep only, or it would grow from release to release. */
function withoutPrevious(text: string): string {
  const { previous: _, ...rest } = parsePrevious(text)
  return JSON.stringify(rest)
}

/** An unreadable record (somebody edited it) means: the label goes, nothing else is known. */
function parsePrevious(text: string | undefined): Previous {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return { release: null }
    const strings = Object.entries(value).filter(([, part]) => typeof part === 'string')
    return { release: null, ...Object.fromEntries(strings) }
  } catch {
    return { release: null }
  }
}
