import type { NodesBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { short, since } from './duration.ts'
import type { Kind } from './shares.ts'
import { plain } from './text.ts'

export type NodeRow = {
  readonly uid: string
  readonly name: string
  readonly stage: string
  readonly kind: Kind
  /** Code of what was seen: `TimedOut`. */
  readonly reason: string
  readonly message: string
  /** Since when, where that is known. */
  readonly since: string | undefined
}

export type Member = NodesBody['nodes'][number]

const KIND_OF: { readonly [state in Member['state']]: Kind } = {
  pending: 'pending',
  activating: 'inFlight',
  activated: 'activated',
  failed: 'failed',
  unreachable: 'unreachable',
  gone: 'gone',
}

/** What needs somebody comes first; within that, the order in which nodes are activated. */
const ORDER: { readonly [kind in Kind]: number } = {
  failed: 0,
  unreachable: 1,
  inFlight: 2,
  pending: 3,
  gone: 4,
  activated: 5,
}

const rowsByMembers = new WeakMap<readonly Member[], readonly NodeRow[]>()

/** Sorted once for each answer: ten thousand rows are looked at on every frame. */
export function nodeRows(members: readonly Member[]): readonly NodeRow[] {
  const known = rowsByMembers.get(members)
  if (known !== undefined) return known
  const rows = members.map(rowOf).sort((a, b) => ORDER[a.kind] - ORDER[b.kind])
  rowsByMembers.set(members, rows)
  return rows
}

function rowOf({ uid, node, stage_id, state, reason = '', message = '', since: from }: Member): NodeRow {
  return {
    uid,
    name: plain(node),
    stage: stage_id,
    kind: KIND_OF[state],
    reason: plain(reason),
    message: plain(message),
    since: from,
  }
}

/** How long it has been so. */
export function ageOf(row: NodeRow, now: number): string {
  const age = since(row.since, now)
  return age === undefined ? '' : short(age)
}

export type FailingNode = {
  readonly name: string
  readonly stage: string
  readonly reason: string
  readonly message: string
}

/** The first twenty, as the plan names them. */
export function failingNodes({ failing_nodes }: RolloutBody): readonly FailingNode[] {
  return failing_nodes.map(({ name, stage_id, reason, message }) => ({
    name: plain(name),
    stage: stage_id,
    reason: plain(reason),
    message: plain(message),
  }))
}
